"""Whether what a JD Cloud SDK made of an answer is what its user should see."""

import json
import re

from .compare import differing

REQUEST_ID = re.compile(r"[0-9a-z]{32}")


def faults(case, outcome, sdk, door, _scene):
    """Everything that is wrong with an outcome, in words; empty when the case holds."""
    if "exception" in outcome:
        return [f"the SDK threw: {outcome['exception'].strip()[:600]}"]
    seen = outcome.get("error") or outcome
    found = [*request_id(seen.get("request_id"))]
    if "refused" in case:
        found += refused(door.told["refusals"][case["refused"]], outcome, sdk)
    elif "error" in outcome:
        found.append(f"expected an answer, got the error {outcome['error']}")
    elif "verdict" in case:
        shape = door.servers[case.get("server", "default")].get("shape", "both")
        found += verdict(door.told["verdicts"][case["verdict"]], shape, outcome, sdk)
    else:
        found += differing("result", case["result"], {key: (outcome["result"] or {}).get(key) for key in case["result"]})
    return found


def request_id(given):
    """JD Cloud's own form, and never missing: its Python SDK loses an error that has none."""
    if not isinstance(given, str) or not REQUEST_ID.fullmatch(given):
        yield f"request id {given!r} is not 32 characters of 0-9 and a-z"


def refused(expected, outcome, sdk):
    """The documented error, read by the SDK's own error type. The message is compared by the words that callers match."""
    if "error" not in outcome:
        return [f"expected the error {expected}, got the result {outcome.get('result')}"]
    error = outcome["error"]
    found = [
        *differing("error type", sdk["error_type"], error["type"]),
        *differing("error code", expected["code"], error["code"]),
        *differing("error status", expected["status"], error["status"]),
    ]
    if expected["message"] not in (error["message"] or ""):
        found.append(f"error message {error['message']!r} does not say {expected['message']!r}")
    return found


def verdict(expected, shape, outcome, sdk):
    """The verdict where this SDK looks for it, given the shape in which the server answers."""
    wanted = open_detail({**expected, "detail": json.dumps({**expected["detail"], "orderNumber": outcome["request_id"]})})
    if sdk["reads"] == "flat":
        wanted = sdk["unset"] if shape == "nested" else wanted
    elif shape == "nested":
        wanted = {"authInfo": wanted}
    elif shape == "both":
        wanted = {"authInfo": wanted, **wanted}
    return differing("result", wanted, open_detail(outcome["result"]))


def open_detail(result):
    """The result with the JSON text in its `detail` read, at both levels."""
    if not isinstance(result, dict):
        return result
    opened = {key: open_detail(value) for key, value in result.items()}
    if isinstance(opened.get("detail"), str) and opened["detail"]:
        opened["detail"] = json.loads(opened["detail"])
    return opened
