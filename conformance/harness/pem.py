"""Keys in the forms that SDKs want: bare base64 of the DER, without PEM's first and last line."""

import base64
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
# A platform's certificate that is not the demo's.
OTHER_PLATFORM_CERT = VECTORS / "alipay-gateway/keys/platform_cert.crt"
# What stands before an RSA key in PKCS#8: version 0, the algorithm rsaEncryption without parameters (RFC 5208, RFC 8017).
RSA_IN_PKCS8 = bytes.fromhex("020100300d06092a864886f70d0101010500")


def bared(caller):
    """The caller with its keys bare; what names a file, or is no key, stays as it is."""
    return {name: bare(value) if name.endswith(("_key", "_pkcs1", "_pkcs8")) and value else value for name, value in caller.items()}


def bare(text):
    """The base64 of a key in PEM; other text as it is."""
    return "".join(line.strip() for line in text.splitlines() if not line.startswith("-----"))


def stranger():
    """A private key that no server knows, in both forms."""
    pkcs1 = bare((VECTORS / "alipay-gateway/keys/stranger_private_pkcs1.pem").read_text())
    inner = element(0x04, base64.b64decode(pkcs1))
    return {"pkcs1": pkcs1, "pkcs8": base64.b64encode(element(0x30, RSA_IN_PKCS8 + inner)).decode()}


def element(tag, content):
    """One element of DER with a length of more than 255 bytes."""
    return bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content
