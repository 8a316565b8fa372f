"""Drives Volcengine's Python SDK: one case a line in, one outcome a line out."""

import json
import sys

from tenacity import RetryError
from volcengine.sms.SmsService import SmsService

METHODS = {
    "ApplySignatureIdent": SmsService.apply_signature_ident,
    "GetSignatureIdentList": SmsService.get_signature_ident_list,
    "BatchBindSignatureIdent": SmsService.batch_bind_signature_ident,
    "ApplySmsSignature": SmsService.apply_sms_signature,
    "ApplySmsSignatureV2": SmsService.apply_sms_signature_v2,
    "GetSignatureAndOrderList": SmsService.get_signature_and_order_list,
    "DeleteSignature": SmsService.delete_signature,
    "GetSubAccountList": SmsService.get_sub_account_list,
}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        try:
            outcome = drive(case)
        except Exception as error:  # whatever the SDK throws is an outcome here
            outcome = failed(error)
        print(json.dumps({"case": case["case"], **outcome}), flush=True)


def drive(case):
    if case["operation"] not in METHODS:
        return {"exception": f"no such operation in this SDK: {case['operation']}"}
    sms = connect(case)
    if "page" in case:
        query = sms.get_sign_url(case["operation"], case["arguments"])
        method = sms.api_info[case["operation"]].method
        return {"result": {"address": f"{case['scheme']}://{case['endpoint']}/?{query}", "method": method}}
    envelope = METHODS[case["operation"]](sms, case["arguments"])
    return read(envelope, type(envelope).__name__)


def connect(case):
    sms = SmsService()
    sms.set_host(case["endpoint"])
    sms.set_scheme(case["scheme"])
    sms.set_ak(case["access_key"])
    sms.set_sk(case["secret_key"])
    # It is one object for the whole process, which remembers the token of the case before.
    sms.set_session_token(case.get("security_token") or "")
    return sms


def read(envelope, seen_as):
    """The SDK gives its user the whole answer, with an error in it or without one."""
    about = envelope["ResponseMetadata"]
    if "Error" not in about:
        return {"request_id": about["RequestId"], "metadata": about, "result": envelope["Result"]}
    error = about["Error"]
    return {
        "error": {
            "type": seen_as,
            "code": error["Code"],
            "code_n": error["CodeN"],
            "message": error["Message"],
            "request_id": about["RequestId"],
        }
    }


def failed(error):
    """An answer that is not 200 is a bare Exception with the body's bytes, inside tenacity's error for a failed repetition."""
    thrown = error.last_attempt.exception() if isinstance(error, RetryError) else error
    body = thrown.args[0] if thrown.args else None
    try:
        return read(json.loads(body), type(error).__name__)
    except (TypeError, ValueError, KeyError):
        return {"exception": f"{type(error).__name__} around {type(thrown).__name__}: {thrown}"}


main()
