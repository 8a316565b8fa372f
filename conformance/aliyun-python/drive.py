"""Drives Alibaba Cloud's Python SDK of the first generation: one case a line in, one outcome a line out.

The argument is the version whose request classes the installed domain package holds.
"""

import importlib
import json
import sys

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import CommonRequest

CLASSES = sys.argv[1]


def main():
    for line in sys.stdin:
        case = json.loads(line)
        try:
            outcome = drive(case)
        except Exception as error:  # whatever the SDK throws is an outcome here
            outcome = {"exception": f"{type(error).__name__}: {error}"}
        print(json.dumps({"case": case["case"], **outcome}), flush=True)


def drive(case):
    host, port = case["endpoint"].rsplit(":", 1)
    client = AcsClient(region_id="cn-hangzhou", credential=credential(case), port=int(port))
    version, action = case["operation"].split("/")
    generic = version != CLASSES or "placement" in case
    request = common(case, host, version, action) if generic else typed(case, host, version, action)
    # The SDK speaks TLS where the protocol is its own constant, not where it is an equal text.
    request.set_protocol_type(getattr(protocol_type, case["scheme"].upper()))
    if "method" in case:
        request.set_method(case["method"])
    if case.get("format") == "XML":
        # Only this way of calling, an older one, asks for XML. It hands out the text, of an error as well.
        request.set_accept_format("XML")
        return {"result": {"xml": client.do_action(request).decode("utf-8")}}
    try:
        return {"result": json.loads(client.do_action_with_exception(request))}
    except ServerException as error:
        return {
            "error": {
                "type": type(error).__name__,
                "code": error.get_error_code(),
                "message": error.get_error_msg(),
                "status": error.get_http_status(),
                "request_id": error.get_request_id(),
            }
        }


def credential(case):
    keys = case["access_key"], case["secret_key"]
    token = case.get("security_token")
    return StsTokenCredential(*keys, token) if token else AccessKeyCredential(*keys)


def typed(case, host, version, action):
    module = importlib.import_module(f"aliyunsdkdomain.request.v{version.replace('-', '')}.{action}Request")
    request = getattr(module, f"{action}Request")()
    request.set_endpoint(host)
    for name, value in case["arguments"].items():
        getattr(request, f"set_{name}")(value)
    return request


def common(case, host, version, action):
    request = CommonRequest()
    request.set_domain(host)
    request.set_version(version)
    request.set_action_name(action)
    if case.get("placement") == "json":
        request.add_header("Content-Type", "application/json")
    for name, value in case["arguments"].items():
        add = request.add_body_params if case.get("placement") in ("body", "json") else request.add_query_param
        add(name, value)
    return request


main()
