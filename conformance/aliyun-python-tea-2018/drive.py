"""Drives Alibaba Cloud's Python SDK of the current generation: one case a line in, one outcome a line out.

The argument is the package of the version that is driven.
"""

import importlib
import json
import re
import sys

from alibabacloud_tea_openapi import utils_models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils import Utils
from darabonba.runtime import RuntimeOptions

PACKAGE = sys.argv[1]
models = importlib.import_module(f"{PACKAGE}.models")
Client = importlib.import_module(f"{PACKAGE}.client").Client


def main():
    for line in sys.stdin:
        case = json.loads(line)
        try:
            outcome = drive(case)
        except Exception as error:  # whatever the SDK throws is an outcome here
            outcome = {"exception": f"{type(error).__name__}: {error}"}
        print(json.dumps({"case": case["case"], **outcome}), flush=True)


def drive(case):
    client = Client(config(case))
    try:
        return {"result": generic(client, case) if "placement" in case else typed(client, case)}
    except AlibabaCloudException as error:
        return {
            "error": {
                "type": type(error).__name__,
                "code": error.code,
                "message": error.message,
                "status": error.status_code,
                "request_id": error.request_id,
            }
        }


def config(case):
    return utils_models.Config(
        access_key_id=case["access_key"],
        access_key_secret=case["secret_key"],
        security_token=case.get("security_token"),
        endpoint=case["endpoint"],
        protocol=case["scheme"],
        signature_algorithm="v2" if case.get("signature") == "RPC" else None,
    )


def typed(client, case):
    action = case["operation"].split("/")[1]
    method = re.sub("(?<=[a-z])(?=[A-Z])", "_", action).lower()
    request = getattr(models, f"{action}Request")().from_map(case["arguments"])
    return getattr(client, method)(request).body.to_map()


def generic(client, case):
    version, action = case["operation"].split("/")
    params = utils_models.Params(
        action=action,
        version=version,
        protocol="HTTPS",
        pathname="/",
        method=case.get("method", "POST"),
        auth_type="AK",
        style="RPC",
        req_body_type="json" if case["placement"] == "json" else "formData",
        body_type="json",
    )
    if case["placement"] == "query":
        request = utils_models.OpenApiRequest(query=Utils.query(case["arguments"]))
    else:
        request = utils_models.OpenApiRequest(body=case["arguments"])
    return client.call_api(params, request, RuntimeOptions())["body"]


main()
