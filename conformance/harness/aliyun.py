"""Whether what an Alibaba Cloud SDK made of an answer is what its user should see."""

import re

from .compare import differing, lacking, show
from .places import filled

REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def faults(case, outcome, sdk, door, scene):
    """Everything that is wrong with an outcome, in words; empty when the case holds."""
    if "exception" in outcome:
        return [f"the SDK threw: {outcome['exception'].strip()[:600]}"]
    if "xml" in (outcome.get("result") or {}):
        return as_text(case, outcome["result"]["xml"], door)
    if "refused" in case:
        return refused(case, outcome, sdk, door)
    if "error" in outcome:
        return [f"expected an answer, got the error {show(outcome['error'])[:600]}"]
    result = outcome["result"] or {}
    unseen = sdk.get("unseen", {}).get(door.operation(case), [])
    expected = fitted(visible(filled(case.get("answer", {}), scene), unseen), result, sdk)
    return request_id(result.get("RequestId")) + lacking("result", expected, result)


def visible(expected, unseen):
    """The expectation without the members that an SDK's models have no place for."""
    if isinstance(expected, list):
        return [visible(inner, unseen) for inner in expected]
    if isinstance(expected, dict):
        return {name: visible(inner, unseen) for name, inner in expected.items() if name not in unseen}
    return expected


def as_text(case, seen, door):
    """An answer or a refusal in XML, of an SDK that leaves the reading to its user."""
    if "refused" in case:
        told = door.told["refusals"][case["refused"]]
        pattern = f"<Error><RequestId>{REQUEST_ID.pattern}</RequestId><HostId>[^<]+</HostId>"
        pattern += f"<Code>{re.escape(told['code'])}</Code><Message>{re.escape(told['message'])}</Message>.*</Error>"
    else:
        pattern = case["xml"]
    pattern = re.escape("<?xml version='1.0' encoding='UTF-8'?>") + pattern
    return [] if re.fullmatch(pattern, seen, re.S) else [f"expected XML like {pattern}, got {seen[:600]}"]


def fitted(expected, result, sdk):
    """The expectation as it is for an SDK whose typed results hold a wrapped list without what is around it."""
    if sdk.get("lists") != "bare":
        return expected
    return {name: bare(value) if isinstance(result.get(name), list) else value for name, value in expected.items()}


def bare(value):
    """The one list in an object that holds nothing else."""
    return next(iter(value.values())) if isinstance(value, dict) else value


def refused(case, outcome, sdk, door):
    """The documented error, as the SDK's own error type holds it. The message is compared by the words that callers match."""
    expected = door.told["refusals"][case["refused"]]
    if "error" not in outcome:
        return [f"expected the error {expected['code']}, got {show(outcome.get('result'))[:600]}"]
    error = outcome["error"]
    told = as_told(case, expected, sdk, door)
    found = differing("error type", sdk["error_type"].replace("CODE", told["code"]), error["type"])
    for name in sorted({"code", "status", "recommend"} & set(told) & set(error)):
        found += lacking(name, told[name], error[name])
    if told["message"] not in (error.get("message") or ""):
        found.append(f"message: expected one with {told['message']!r}, got {show(error.get('message'))[:600]}")
    return found if told.get("request_id") == "unread" else found + request_id(error.get("request_id"))


def as_told(case, expected, sdk, door):
    """What the SDK itself makes of a refusal: of a wrong secret, which some know by the string to sign, and of one in XML."""
    if expected.get("secret"):
        version = door.operation(case).split("/")[0]
        return {**expected, **sdk.get("recognises", {}).get(version, {})}
    if case.get("keys", {}).get("format") == "XML" and "xml_refusal" in sdk:
        return {**expected, **sdk["xml_refusal"]}
    return expected


def request_id(given):
    """A UUID in capitals, and never missing."""
    fits = isinstance(given, str) and REQUEST_ID.fullmatch(given)
    return [] if fits else [f"request id {show(given)} is not a UUID in capitals"]
