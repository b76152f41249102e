"""Holds the OpenAPI documents of the project against the OpenAPI schemas.

    validate.py AGENT

The two files that the build reads, and the webhook's own document, as `AGENT swagger webhook` prints it.
"""

import json
import subprocess
import sys
from pathlib import Path

from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator

FILES = Path(__file__).resolve().parents[2] / "config" / "swagger"


def main(agent: str) -> int:
    """Prints every fault; the last line counts."""
    webhook = subprocess.run([agent, "swagger", "webhook"], check=True, capture_output=True, timeout=60).stdout
    documents = [
        ("config/swagger/authentication.json", OpenAPIV2SpecValidator, (FILES / "authentication.json").read_bytes()),
        ("config/swagger/s2s.json", OpenAPIV30SpecValidator, (FILES / "s2s.json").read_bytes()),
        ("swagger webhook", OpenAPIV30SpecValidator, webhook),
    ]
    passed = failed = 0
    for name, validator, text in documents:
        document = json.loads(text)
        faults = list(validator(document).iter_errors())
        for fault in faults:
            print(f"{name}: /{'/'.join(map(str, fault.absolute_path))}: {fault.message}", file=sys.stderr)
        if faults:
            failed += 1
        else:
            passed += 1
            version = document.get("openapi") or document.get("swagger")
            print(f"{name}: valid OpenAPI {version}, {len(document['paths'])} paths")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
