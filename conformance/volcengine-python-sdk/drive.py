"""Drives Volcengine's newer Python SDK: one case a line in, one outcome a line out."""

import ast
import json
import sys

import volcenginesdkcore
import volcenginesdkvolcsms
from volcenginesdkcore.rest import ApiException
from volcenginesdkcore.signv4 import SignerV4

SERVICE = "volcSMS"
VERSION = "2021-01-11"
READS = {"GetSignatureAndOrderList": "GET"}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        try:
            outcome = drive(case)
        except ApiException as error:
            outcome = refused(error)
        except Exception as error:  # whatever else the SDK throws is an outcome here
            outcome = {"exception": f"{type(error).__name__}: {error}"}
        print(json.dumps({"case": case["case"], **outcome}), flush=True)


def drive(case):
    client = volcenginesdkcore.ApiClient(configuration(case))
    if "page" in case:
        return signed(case)
    if case["operation"] in TYPED:
        return TYPED[case["operation"]](client, case["arguments"])
    method = READS.get(case["operation"], "POST")
    kind = None if method == "GET" else "application/json"
    info = volcenginesdkcore.UniversalInfo(method, SERVICE, VERSION, case["operation"], kind)
    return {"result": volcenginesdkcore.UniversalApi(client).do_call(info, case["arguments"])}


def configuration(case):
    told = volcenginesdkcore.Configuration()
    told.host = case["endpoint"]
    told.scheme = case["scheme"]
    told.ssl_ca_cert = case.get("ca")
    told.ak = case["access_key"]
    told.sk = case["secret_key"]
    told.session_token = case.get("security_token") or ""
    told.region = "cn-beijing"
    return told


def qualifications(client, arguments):
    """The generated classes of 2026 have their own names for everything."""
    request = volcenginesdkvolcsms.GetSignatureIdentificationListRequest(
        id=arguments.get("id"),
        page_index=arguments["pageIndex"],
        page_size=arguments["pageSize"],
        status=arguments.get("status"),
    )
    answer = volcenginesdkvolcsms.VOLCSMSApi(client).get_signature_identification_list(request)
    return {"result": {"list": [members(each) for each in answer.list], "total": answer.total}}


def signatures(client, arguments):
    request = volcenginesdkvolcsms.ListSignatureForAgentRequest(
        page=arguments["Page"], page_size=arguments["PageSize"], signature=arguments["Signature"]
    )
    answer = volcenginesdkvolcsms.VOLCSMSApi(client).list_signature_for_agent(request)
    return {"result": {"List": [members(each) for each in answer.list], "Total": answer.total}}


def members(model):
    return {model.attribute_map[name]: value for name, value in model.to_dict().items()}


TYPED = {"GetSignatureIdentificationList": qualifications, "ListSignatureForAgent": signatures}


def signed(case):
    query = {"Action": case["operation"], "Version": VERSION, **case["arguments"]}
    method = "GET" if case["operation"].startswith("Get") else "POST"
    text = SignerV4.sign_url(
        "/", method, query, case["access_key"], case["secret_key"], "cn-beijing", SERVICE,
        case.get("security_token"), case["endpoint"],
    )
    return {"result": {"address": f"{case['scheme']}://{case['endpoint']}/?{text}", "method": method}}


def refused(error):
    """Of an error in a 200 the SDK keeps only `Error`, as Python's text of it; of others it has the whole body."""
    seen = {"type": type(error).__name__, "status": error.status}
    try:
        about = json.loads(error.body)["ResponseMetadata"] if error.body else {"Error": ast.literal_eval(error.reason)}
        told = about["Error"]
    except (ValueError, SyntaxError, KeyError, TypeError):
        return {"exception": f"{type(error).__name__}: {error}"}
    seen.update(code=told["Code"], code_n=told["CodeN"], message=told["Message"], request_id=about.get("RequestId"))
    return {"error": seen}


main()
