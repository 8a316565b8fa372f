"""Whether what a Volcengine SDK made of an answer is what its user should see."""

import json
import re

from .compare import ABSENT, differing, lacking, show
from .places import filled

# Local time, then an address in twelve digits and six of hexadecimal, or twenty of hexadecimal.
REQUEST_ID = re.compile(r"\d{14}(\d{12}[0-9A-F]{6}|[0-9A-F]{20})")
SERVICE = "volcSMS"


def faults(case, outcome, sdk, door, scene):
    """Everything that is wrong with an outcome, in words; empty when the case holds."""
    if door.is_page(case) and "result" in outcome:
        return page(case, outcome["result"], sdk, door, scene)
    if "exception" in outcome:
        return [f"the SDK threw: {outcome['exception'].strip()[:600]}"]
    if "refused" in case:
        return refused(door.told["refusals"][case["refused"]], outcome, sdk)
    if "error" in outcome:
        return [f"expected an answer, got the error {show(outcome['error'])}"]
    expected = held(filled(awaited(case, door), scene), sdk.get("unseen", {}).get(door.operation(case), []))
    found = lacking("result", expected, outcome["result"])
    if "metadata" in outcome:
        found += metadata(outcome["metadata"], door.operation(case), sdk["region"])
    return found


def awaited(case, door):
    """What a case expects: one of the door's `answers`, or what it says itself."""
    answer = case["answer"]
    return door.told["answers"].get(answer, answer) if isinstance(answer, str) else answer


def held(expected, unseen):
    """What is expected, without the members that the SDK's models have no place for."""
    if isinstance(expected, dict):
        return {name: held(value, unseen) for name, value in expected.items() if name not in unseen}
    return [held(value, unseen) for value in expected] if isinstance(expected, list) else expected


def refused(expected, outcome, sdk):
    """The documented error, as far as the SDK tells its user: `tells` in `sdk.json` says what that is."""
    if "error" not in outcome:
        return [f"expected the error {expected['code']}, got {show(outcome.get('result'))}"]
    error = outcome["error"]
    told = sdk["tells"]["in a 200" if expected["status"] == 200 else "in another status"]
    found = differing("error type", told["type"], error["type"])
    for name in ("status", "code", "code_n"):
        if name in told["members"]:
            found += differing(name, expected[name], error.get(name, ABSENT))
    if expected["message"] not in (error.get("message") or ""):
        found.append(f"message: expected one with {expected['message']!r}, got {show(error.get('message'))}")
    if "request_id" in told["members"]:
        found += request_id(error.get("request_id"))
    return found


def metadata(seen, operation, region):
    """What stands around every result."""
    expected = {"Action": operation, "Service": SERVICE, "Region": region, "Version": {"like": r"\d{4}-\d\d-\d\d"}}
    return [*request_id(seen.get("RequestId")), *lacking("metadata", expected, seen)]


def request_id(given):
    """The vendor's own form, and never missing."""
    fits = isinstance(given, str) and REQUEST_ID.fullmatch(given)
    return [] if fits else [f"request id {show(given)} is not of the vendor's form"]


def page(case, seen, sdk, door, scene):
    """An address that the SDK has signed, opened without the SDK: the answer is judged as it came."""
    try:
        envelope = json.loads(seen["text"])
    except ValueError:
        return [f"expected JSON, got {seen['text'][:300]!r}"]
    if "refused" not in case:
        found = metadata(envelope["ResponseMetadata"], door.operation(case), sdk["region"])
        return found + lacking("result", filled(awaited(case, door), scene), envelope.get("Result", ABSENT))
    expected = door.told["refusals"][case["refused"]]
    error = envelope["ResponseMetadata"].get("Error", {})
    found = differing("status", expected["status"], seen["status"])
    return found + differing("code", expected["code"], error.get("Code", ABSENT))
