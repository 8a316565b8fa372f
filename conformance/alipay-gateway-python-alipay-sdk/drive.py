"""Drives the third-party python-alipay-sdk: one case a line in, one outcome a line out."""

import json
import sys

from alipay import AliPay, DCAliPay


def main():
    for line in sys.stdin:
        case = json.loads(line)
        try:
            outcome = {"result": drive(case)}
        except Exception as error:  # whatever the SDK throws is an outcome here
            outcome = {"exception": f"{type(error).__name__}: {error}"}
        print(json.dumps({"case": case["case"], **outcome}), flush=True)


def drive(case):
    made = client(case)
    if "page" in case:
        signed = made.client_api(case["operation"], case["arguments"], **case["page"])
        return {"address": f"{made._gateway}?{signed}"}
    token = {"app_auth_token": case["app_auth_token"]} if "app_auth_token" in case else {}
    return made.server_api(case["operation"], case["arguments"], **token)


def client(case):
    private_key = pem("RSA PRIVATE KEY", case["app_private_key_pkcs1"])
    if case["mode"] == "certificate":
        certificates = [open(case[name]).read() for name in ("app_cert", "alipay_cert", "root_cert")]
        made = DCAliPay(case["app_id"], private_key, *certificates)
    else:
        public_key = pem("PUBLIC KEY", case["alipay_public_key"])
        sign_type = "RSA" if case["mode"] == "sha1" else "RSA2"
        made = AliPay(case["app_id"], None, private_key, public_key, sign_type)
    # The SDK chooses between two addresses of the vendor's; this is where it keeps the one that it chose.
    made._gateway = f"{case['scheme']}://{case['endpoint']}/gateway.do"
    return made


def pem(kind, text):
    """The SDK takes PEM only."""
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----"


main()
