#!/usr/bin/env bash
# Builds from the vendor's own OpenAPI files, unmodified, and runs the same tests. The files come from the starter kit's
# npm package and stay under target/: they are not the project's to ship. PYTHON is one with openapi-spec-validator.
set -euo pipefail
cd "$(dirname "$0")/../.."

package=rainbow-s2s-starterkit-nodejs@1.0.1-alpha-002
target=${CARGO_TARGET_DIR:-target}
folder=$target/vendor-swagger
files=(s2s/openapi.json rainbow_authent_portal/swagger.json)

unpack() {
    rm -rf "$folder"
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent --no-update-notifier "$package" >/dev/null && tar xzf ./*.tgz --strip-components=2 \
        "${files[@]/#/package/openapi-specifications/}" && rm -f ./*.tgz)
}

if [ ! -f "$folder/${files[0]}" ] || [ ! -f "$folder/${files[1]}" ]; then
    .ci/deps node
    if ! unpack; then
        echo "the vendor's package $package cannot be fetched from here"
        [ "${CI:-}" != true ] || exit 1
        echo 'NOT TESTED: a build from the vendor'"'"'s files'
        exit 0
    fi
fi

RAINBOW_SWAGGER_DIR=$(cd "$folder" && pwd)
export RAINBOW_SWAGGER_DIR
${CARGO:-cargo} test --locked
${CARGO:-cargo} build --locked --quiet
"${PYTHON:-python3}" tests/openapi/validate.py "$target/debug/rainbow-s2s-agent"
