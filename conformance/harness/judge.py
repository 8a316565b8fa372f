"""Which judge a door has, and what holds for all of them.

A judge is asked with the case, the outcome, what `sdk.json` says, the door and the scene; it answers a list of faults.
"""

from . import alipay, aliyun, jdcloud, volcengine
from .compare import differing, show

JUDGES = {"aliyun": aliyun.faults, "jdcloud": jdcloud.faults, "alipay": alipay.faults, "volcengine": volcengine.faults}


def judge(name):
    """The judge of this name, who is not asked of a case that is to have no answer."""

    def faults(case, outcome, sdk, door, scene):
        return unanswered(outcome) if case.get("unanswered") else JUDGES[name](case, outcome, sdk, door, scene)

    return faults


def unanswered(outcome):
    """No answer reached the SDK, so its user must not have one."""
    return [f"no answer should have come, and the SDK has one: {show(outcome['result'])[:600]}"] if "result" in outcome else []


def again(case, first, second, sdk, door, scene):
    """What is wrong with the outcome of asking the same a second time: `alike`, or judged by what the case says of it."""
    if case["again"] == "alike":
        return differing("second outcome", first, second)
    return [f"the second time: {fault}" for fault in door.judge({**case, **case["again"]}, second, sdk, door, scene)]
