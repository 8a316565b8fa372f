"""How an SDK comes to trust the authority that a server's certificate is from: by the environment that its user would set."""

import subprocess
from pathlib import Path

from .child import Broken
from .places import filled

SECONDS_TO_MAKE = 60
PASSWORD = "changeit"  # Java's own


def environment(trusts, authority):
    """What `trusts` in `sdk.json` says, with `{ca}` and, for Java, `{truststore}` filled in; nothing without an authority."""
    if authority is None:
        return {}
    store = {"truststore": truststore(Path(authority))} if "{truststore}" in str(trusts) else {}
    return filled(trusts, {"ca": authority, **store})


def truststore(authority):
    """The authority in the form that Java reads, made with Java's own tool beside it."""
    made = authority.with_suffix(".p12")
    if not made.exists():
        command = ["keytool", "-importcert", "-noprompt", "-alias", "authority", "-file", authority]
        command += ["-keystore", made, "-storetype", "PKCS12", "-storepass", PASSWORD]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_MAKE)
        if done.returncode != 0:
            raise Broken(f"keytool ended with status {done.returncode}: {done.stdout.strip()} {done.stderr.strip()}")
    return str(made)
