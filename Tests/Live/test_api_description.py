# Licensed under the MIT licence.
"""Whether /openapi.json and /asyncapi.json are right: by validators, and by requests made up from the description."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import requests

from server import ROOT, Martlet

TOOLS = Path(os.environ.get("API_TOOLS", ROOT / ".build/venv-api/bin"))
KEY = "a-key-of-the-tests"
# The part of AsyncAPI 3 that our document uses, more strictly than asyncapi3's model of all of it, which does not look into payloads.
REFERENCE = {
    "type": "object",
    "required": ["$ref"],
    "additionalProperties": False,
    "properties": {"$ref": {"type": "string", "pattern": "^#/"}},
}
ASYNCAPI = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["asyncapi", "info", "channels", "operations", "components"],
    "additionalProperties": False,
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {
            "type": "object",
            "required": ["title", "version"],
            "additionalProperties": False,
            "properties": {
                "title": {"type": "string"},
                "version": {"type": "string"},
                "description": {"type": "string"},
                "license": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            },
        },
        "defaultContentType": {"const": "application/json"},
        "channels": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["address", "messages"],
                "additionalProperties": False,
                "properties": {
                    "address": {"type": "string"},
                    "title": {"type": "string"},
                    "description": {"type": "string"},
                    "messages": {"type": "object", "additionalProperties": REFERENCE},
                },
            },
        },
        "operations": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["action", "channel", "messages"],
                "additionalProperties": False,
                "properties": {
                    "action": {"enum": ["send", "receive"]},
                    "channel": REFERENCE,
                    "summary": {"type": "string"},
                    "messages": {"type": "array", "items": REFERENCE, "minItems": 1},
                    "reply": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {"channel": REFERENCE, "messages": {"type": "array", "items": REFERENCE}},
                    },
                },
            },
        },
        "components": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "messages": {
                    "type": "object",
                    "patternProperties": {
                        r"^[\w-]+$": {
                            "type": "object",
                            "required": ["name", "payload"],
                            "additionalProperties": False,
                            "properties": {
                                "name": {"type": "string"},
                                "summary": {"type": "string"},
                                "payload": {"$ref": "http://json-schema.org/draft-07/schema#"},
                            },
                        }
                    },
                    "additionalProperties": False,
                },
                "schemas": {
                    "type": "object",
                    "additionalProperties": {"$ref": "http://json-schema.org/draft-07/schema#"},
                },
            },
        },
    },
}

pytestmark = pytest.mark.skipif(not TOOLS.exists(), reason=f"{TOOLS} is missing (dev/setup.sh test makes it)")


def run(*command, seconds, data=None, folder=None):
    ended = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        input=data,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]


def test_openapi_is_valid(server, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_text(requests.get(server.url + "/openapi.json", timeout=10).text)
    run(TOOLS / "openapi-spec-validator", document, seconds=60)


def test_asyncapi_is_valid(server):
    document = requests.get(server.url + "/asyncapi.json", timeout=10).json()
    check = "import json, sys, jsonschema; data = json.load(sys.stdin); jsonschema.validate(*data)"
    run(TOOLS / "python", "-c", check, seconds=60, data=json.dumps([document, ASYNCAPI]))
    check = "import sys, asyncapi3; asyncapi3.AsyncAPI3.model_validate_json(sys.stdin.read())"
    run(TOOLS / "python", "-c", check, seconds=60, data=json.dumps(document))
    messages = document["channels"]["chat"]["messages"]
    for operation in document["operations"].values():
        listed = operation["messages"] + operation.get("reply", {}).get("messages", [])
        assert all(each["$ref"].removeprefix("#/channels/chat/messages/") in messages for each in listed)


@pytest.mark.timeout(450)
@pytest.mark.parametrize("keys", [False, True], ids=["open", "with keys"])
def test_made_up_requests_are_answered_as_described(keys, tmp_path):
    settings = {"API_KEYS": KEY} if keys else {}
    with Martlet(RATE_LIMITS="off", **settings) as martlet:
        headers = ["--header", f"Authorization: Bearer {KEY}"] if keys else []
        # positive_data_acceptance is left out, since a schema counts characters and the server bytes.
        run(
            TOOLS / "schemathesis", "run", martlet.url + "/openapi.json", *headers,
            "--checks", "all", "--exclude-checks", "positive_data_acceptance",
            "--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--seed", "1",
            "--no-color", "--generation-database", "none", "--request-timeout", "30", "--max-failures", "5",
            # Half a minute where the machine has nothing else to do.
            seconds=400,
            # It leaves a folder behind.
            folder=tmp_path,
        )  # fmt: skip
        assert requests.get(martlet.url + "/health", timeout=10).json() == {"status": "ok"}
