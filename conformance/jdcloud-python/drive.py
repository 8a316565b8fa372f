"""Drives JD Cloud's Python SDK: one case a line in, one outcome a line out."""

import importlib
import json
import sys

from jdcloud_sdk.core.config import Config
from jdcloud_sdk.core.credential import Credential
from jdcloud_sdk.core.logger import FATAL, Logger
from jdcloud_sdk.services.cloudauth.client.CloudauthClient import CloudauthClient
from jdcloud_sdk.services.cloudauth.models.CompanyInfo import CompanyInfo
from jdcloud_sdk.services.cloudauth.models.CompanyInfo3Spec import CompanyInfo3Spec
from jdcloud_sdk.services.cloudauth.models.LegalPersonSpec import LegalPersonSpec
from jdcloud_sdk.services.cloudauth.models.PersonalBankcard import PersonalBankcard
from jdcloud_sdk.services.cloudauth.models.PersonalMobile3 import PersonalMobile3
from jdcloud_sdk.services.cloudauth.models.PersonalMobileSpec import PersonalMobileSpec
from jdcloud_sdk.services.cloudauth.models.PersonalSpec import PersonalSpec
from jdcloud_sdk.services.cloudauth.models.PersonalUser import PersonalUser

# The SDK's own model for each operation's one argument; an operation that is absent here takes plain values.
MODELS = {
    "personalAuth": lambda spec: PersonalSpec(spec["checkType"], PersonalUser(**spec["personalUser"])),
    "personalMobile": lambda spec: PersonalMobileSpec(PersonalMobile3(**spec["personalUser"])),
    "personalBankcard3Detail": lambda spec: PersonalBankcard(**spec),
    "personalBankcard4Detail": lambda spec: PersonalBankcard(**spec),
    "checkCompanyInfo": lambda spec: CompanyInfo(**spec),
    "checkCompanyInfo3": lambda spec: CompanyInfo3Spec(**spec),
    "checkLegalPerson": lambda spec: LegalPersonSpec(**spec),
    "checkLegalPersonDetail": lambda spec: LegalPersonSpec(**spec),
}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        try:
            outcome = drive(case)
        except Exception as error:  # whatever the SDK throws is an outcome here
            outcome = {"exception": f"{type(error).__name__}: {error}"}
        print(json.dumps({"case": case["case"], **outcome}), flush=True)


def drive(case):
    # At its default level the SDK prints every request on standard output, which belongs to the outcomes.
    client = CloudauthClient(
        Credential(case["access_key"], case["secret_key"]),
        Config(case["endpoint"], case["scheme"]),
        Logger(FATAL),
    )
    response = client.send(request(case))
    if response.error is not None:
        error = response.error
        return {
            "error": {
                "type": type(error).__name__,
                "code": error.code,
                "status": error.status,
                "message": error.message,
                "request_id": response.request_id,
            }
        }
    return {"request_id": response.request_id, "result": response.result}


def request(case):
    name = case["operation"][0].upper() + case["operation"][1:]
    module = importlib.import_module(f"jdcloud_sdk.services.cloudauth.apis.{name}Request")
    model = MODELS.get(case["operation"], lambda value: value)
    arguments = {key: model(value) for key, value in case["arguments"].items()}
    parameters = getattr(module, f"{name}Parameters")(**arguments)
    token = case.get("security_token")
    header = {"x-jdcloud-security-token": token} if token else None
    return getattr(module, f"{name}Request")(parameters, header)


main()
