"""The merchant's side: signed calls to the gateway, the addresses that a person's browser opens, and the page it returns to."""

import base64
import json
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

CERTIFICATION = "zhima.customer.certification."
SIGN = "zhima.credit.payafteruse.creditagreement.sign"
JOBWORTH_QUERY = "zhima.customer.jobworth.authentication.query"


class Merchant:
    def __init__(self, door, app_id, private_key, platform_key, service):
        self.door, self.app_id, self.service = door, app_id, service
        self.key = serialization.load_der_private_key(der(private_key), password=None)
        self.platform = serialization.load_der_public_key(der(platform_key))
        self.shop = Shop(self.platform)
        self.number = 0

    def signed(self, method, content, **more):
        """The whole query of a call."""
        pairs = {
            "app_id": self.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600)),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False),
            **more,
        }
        text = "&".join(f"{name}={pairs[name]}" for name in sorted(pairs)).encode()
        pairs["sign"] = base64.b64encode(self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        return urllib.parse.urlencode(pairs)

    def call(self, method, content):
        """Asks the gateway; the node of its answer."""
        body = self.signed(method, content).encode()
        with urllib.request.urlopen(f"{self.door}/gateway.do?charset=utf-8", body, timeout=20) as answer:
            return json.load(answer)[method.replace(".", "_") + "_response"]

    def page(self, method, content, **more):
        """The address that a person's browser opens."""
        return f"{self.door}/gateway.do?{self.signed(method, content, **more)}"

    def certification(self, person):
        """Begins a certification: the address for the browser, and its number."""
        identity = {"identity_type": "CERT_INFO", "cert_type": "IDENTITY_CARD", "cert_name": person["name"], "cert_no": person["id"]}
        begun = self.call(
            CERTIFICATION + "initialize",
            {
                "transaction_id": self.fresh("T"),
                "product_code": "w1010100000000002978",
                "biz_code": "FACE",
                "identity_param": json.dumps(identity, ensure_ascii=False),
            },
        )
        number = begun["biz_no"]
        return self.page(CERTIFICATION + "certify", {"biz_no": number}, return_url=self.shop.address("/back?order=1")), number

    def jobworth(self, agreement=None):
        """The first step of a teacher's authentication: the address for the browser, the token, the agreement."""
        token, agreement = self.fresh("token-"), agreement or self.fresh("agreement-")
        content = {
            "out_agreement_no": agreement,
            "zm_service_id": self.service,
            "product_code": "ZHIMA_AUTH",
            "extra_param": json.dumps({"onceToken": token, "identityType": "04", "queryType": "exact"}),
            "return_back_link": self.shop.address("/done"),
            "cancel_back_link": self.shop.address("/cancelled"),
        }
        return self.page(SIGN, content), token, agreement

    def certified(self, number):
        """What a certification's query says: passed, and why."""
        node = self.call(CERTIFICATION + "query", {"biz_no": number})
        return node["passed"], node["failed_reason"]

    def told(self, token, agreement):
        """What an authentication's query says."""
        node = self.call(
            JOBWORTH_QUERY,
            {
                "conn_key": agreement,
                "once_token": token,
                "query_type": "exact",
                "identity_type": "04",
                "service_id": self.service,
            },
        )
        return node.get("identity_result") or node["sub_code"]

    def fresh(self, front):
        self.number += 1
        return f"{front}{time.time_ns()}{self.number}"[:32]


class Shop:
    """The merchant's own site, to which people return. It believes nothing that the platform has not signed."""

    def __init__(self, platform):
        self.visits = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                address = urllib.parse.urlsplit(self.path)
                pairs = dict(urllib.parse.parse_qsl(address.query))
                if address.path != "/favicon.ico":
                    shop.visits.append((address.path, pairs, self.headers.get("referer")))
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write("<!doctype html><title>shop</title><h1>商户 shop</h1>".encode())

            def log_message(self, *_):
                pass

        self.platform = platform
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def address(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def visit(self):
        """The last visit: path and parameters, their signature proven."""
        path, pairs, referer = self.visits.pop()
        assert referer is None, f"the shop learns where people come from: {referer}"
        signature = base64.b64decode(pairs.pop("sign"))
        pairs.pop("sign_type")
        pairs.pop("order", None)
        text = "&".join(f"{name}={pairs[name]}" for name in sorted(pairs)).encode()
        self.platform.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        return path, pairs


def der(pasted):
    """A key in PEM, or its bare base64."""
    lines = [line for line in pasted.strip().splitlines() if line and not line.startswith("-----")]
    return base64.b64decode("".join(lines))
