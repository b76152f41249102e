"""Holds the OpenAPI documents of the project against the OpenAPI schemas.

    validate.py AGENT

The two files that the build reads, and the webhook's own document, as `AGENT swagger webhook` prints it. Every example
in the files is held against the schema that it stands beside.
"""

import json
import subprocess
import sys
from pathlib import Path

from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator

FILES = Path(__file__).resolve().parents[2] / "config" / "swagger"


def examples(node: object, pointer: str = ""):
    """Every example with its pointer and the schema that stands beside it."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from examples(item, f"{pointer}/{index}")
    if not isinstance(node, dict):
        return
    if "schema" in node:
        found = [node["example"]] if "example" in node else []
        found += [value for kind, value in node.get("examples", {}).items() if kind == "application/json"]
        yield from ((pointer, node["schema"], example) for example in found)
    elif "example" in node and ("type" in node or "anyOf" in node):
        yield pointer, {name: value for name, value in node.items() if name != "example"}, node["example"]
    for name, value in node.items():
        if name not in ("example", "examples", "default", "enum"):
            yield from examples(value, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")


def broken_examples(document: dict):
    """Pointer and reason of every example that its schema refuses."""
    # With the schemas in the same document, references within it resolve.
    roots = {part: document[part] for part in ("components", "definitions") if part in document}
    for pointer, schema, example in examples(document):
        for fault in OAS30Validator({"allOf": [schema], **roots}).iter_errors(example):
            yield pointer, f"the example: {fault.message}"


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
        faults = [
            ("/" + "/".join(map(str, fault.absolute_path)), fault.message) for fault in validator(document).iter_errors()
        ]
        # The webhook's document may come from files that are not the project's: their examples are their affair.
        if name.startswith("config/"):
            faults += broken_examples(document)
        for pointer, reason in faults:
            print(f"{name}: {pointer}: {reason}", file=sys.stderr)
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
