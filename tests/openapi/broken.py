"""A broken OpenAPI file has to stop the build, and to say in which file, where in it, and why.

Each case breaks one of the project's own files in one way and builds from the result through RAINBOW_SWAGGER_DIR.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
FOLDER = TARGET / "broken-swagger"
S2S = Path("s2s/openapi.json")
AUTHENTICATION = Path("rainbow_authent_portal/swagger.json")
SOURCES = {S2S: ROOT / "config/swagger/s2s.json", AUTHENTICATION: ROOT / "config/swagger/authentication.json"}


class Case(NamedTuple):
    """What is broken, in which file, how, and words that the build's message must hold beside the file's name."""

    what: str
    file: Path
    breaks: Callable[[str], str]
    words: tuple[str, ...]


def edit(change: Callable[[dict], None]) -> Callable[[str], str]:
    """Turns a change of the document into one of its text."""

    def apply(text: str) -> str:
        document = json.loads(text)
        change(document)
        return json.dumps(document, indent=2)

    return apply


def set_at(pointer: str, value: object) -> Callable[[str], str]:
    """Sets one place of the document, named by its JSON pointer."""

    def change(document: dict) -> None:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        for part in parents:
            document = document[part]
        document[last] = value

    return edit(change)


CASES = [
    Case("a syntax error", S2S, lambda text: text.replace(":", "", 1), ("line 2",)),
    Case("a file cut short", AUTHENTICATION, lambda text: text[: len(text) // 2], ("line ",)),
    Case(
        "a keyword that is not supported", S2S,
        set_at("/components/schemas/Message/patternProperties", {"^x-": {"type": "string"}}),
        ("/components/schemas/Message", "patternProperties"),
    ),
    Case(
        "a type that does not exist", S2S,
        set_at("/components/schemas/Message/properties/body/type", "text"),
        ("/components/schemas/Message/properties/body", "text"),
    ),
    Case(
        "a reference to nowhere", S2S,
        set_at("/components/schemas/Connections/properties/data/items", {"$ref": "#/components/schemas/Nowhere"}),
        ("/components/schemas/Connections/properties/data/items", "Nowhere"),
    ),
]


def main() -> int:
    """Builds every case; the last line counts."""
    environment = os.environ | {"RAINBOW_SWAGGER_DIR": str(FOLDER)}
    command = [os.environ.get("CARGO", "cargo"), "check", "--locked", "--lib", "--color", "never"]
    passed = failed = 0
    for case in CASES:
        for file, source in SOURCES.items():
            text = source.read_text()
            target = FOLDER / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(case.breaks(text) if file == case.file else text)
        built = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        # Cargo repeats what the build script asked of it, which names the files too.
        said = [line.strip() for line in built.stderr.splitlines() if "cargo::" not in line]
        missing = [word for word in (case.file.name, *case.words) if word not in "\n".join(said)]
        if built.returncode == 0:
            print(f"{case.what}: the build went through", file=sys.stderr)
        elif missing:
            print(f"{case.what}: the message lacks {missing}:\n{built.stderr}", file=sys.stderr)
        if built.returncode == 0 or missing:
            failed += 1
            continue
        passed += 1
        message = next(line for line in said if case.file.name in line)
        print(f"{case.what}: {message.replace(str(FOLDER) + os.sep, '')}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
