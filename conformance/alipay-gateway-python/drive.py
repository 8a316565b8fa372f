"""Drives Alipay's Python SDK, this version and the older one beside it: one case a line in, one outcome a line out."""

import importlib
import json
import sys

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient


def main():
    for line in sys.stdin:
        case = json.loads(line)
        try:
            outcome = {"result": drive(case)}
        except Exception as error:  # whatever the SDK throws is an outcome here
            outcome = {"exception": f"{type(error).__name__}: {error}"}
        print(json.dumps({"case": case["case"], **outcome}), flush=True)


def drive(case):
    if "page" in case:
        return {"address": client(case).page_execute(request(case), http_method="GET")}
    content = client(case).execute(request(case))
    response = named("response", case["operation"], "Response")()
    response.parse_response_content(content)
    return {name.lstrip("_"): value for name, value in vars(response).items()}


def client(case):
    config = AlipayClientConfig()
    config.server_url = f"{case['scheme']}://{case['endpoint']}/gateway.do"
    config.app_id = case["app_id"]
    config.app_private_key = case["app_private_key_pkcs1"]
    config.alipay_public_key = case["alipay_public_key"]
    config.charset = "GBK" if case["mode"].endswith("gbk") else "utf-8"
    config.sign_type = "RSA" if case["mode"] == "sha1" else "RSA2"
    if case["mode"].startswith("aes"):
        config.encrypt_type = "AES"
        config.encrypt_key = case["aes_key"]
    return DefaultAlipayClient(config)


def request(case):
    model = named("domain", case["operation"], "Model")()
    for name, value in case["arguments"].items():
        if not hasattr(model, name):
            raise ValueError(f"{type(model).__name__} has no {name}")
        setattr(model, name, value)
    made = named("request", case["operation"], "Request")(model)
    made.need_encrypt = case["mode"].startswith("aes")
    if "page" in case:
        made.return_url = case["page"]["return_url"]
    if "app_auth_token" in case:
        made.add_other_text_param("app_auth_token", case["app_auth_token"])
    return made


def named(package, operation, ending):
    """The SDK's own class for an operation: `zhima.customer.x` is in `ZhimaCustomerX…`."""
    name = "".join(word.capitalize() for word in operation.split(".")) + ending
    return getattr(importlib.import_module(f"alipay.aop.api.{package}.{name}"), name)


main()
