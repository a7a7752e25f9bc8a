#!/usr/bin/env python3
"""Counts the tests of one stage from its result file and prints "passed failed skipped".

usage: dev/count-tests.py FILE STATUS

FILE is the event stream of Swift Testing (.jsonl) or a JUnit file of pytest (.xml); STATUS is the exit
status of the stage. A test that was planned and did not end, because the process died before, failed. A
stage that ended badly or ran nothing has at least one failure even if no test says so.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree


def count_event_stream(path):
    """Counts test functions (suites and the single cases of a parameterised test are not tests of their own)."""
    planned, ended, failed, skipped = set(), set(), set(), set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue  # the last line of a process that died
            payload = record["payload"]
            if record["kind"] == "test":
                if payload["kind"] == "function":
                    planned.add(payload["id"])
                continue
            test = payload.get("testID")
            if payload["kind"] == "testEnded":
                ended.add(test)
            elif payload["kind"] == "testSkipped":
                skipped.add(test)
            elif payload["kind"] == "issueRecorded" and is_failure(payload["issue"]):
                failed.add(test)
    skipped &= planned
    passed = (planned & ended) - failed - skipped
    # An issue may belong to a suite or to no test at all: it is a failure, but of nothing planned.
    return len(passed), len(planned - passed - skipped) + len(failed - planned), len(skipped)


def is_failure(issue):
    return issue.get("isFailure", not issue.get("isKnown", False))


def count_junit(path):
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            failed += 1
        elif "skipped" in outcomes:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main():
    path, status = sys.argv[1], int(sys.argv[2])
    try:
        counts = count_junit(path) if path.endswith(".xml") else count_event_stream(path)
    except (OSError, ElementTree.ParseError):
        counts = (0, 0, 0)
    passed, failed, skipped = counts
    if failed == 0 and (status != 0 or passed == 0):
        failed = 1
    print(passed, failed, skipped)


main()
