"""A person's browser, as far as the first answer: it opens an address that an SDK signed, and goes nowhere from there."""

import http.client
import ssl
from urllib.parse import urlsplit

from .child import Broken

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def visited(outcome, authority=None, beside=""):
    """What the browser sees at the address in an outcome's result, with `beside` put after it; another outcome as it is."""
    if "result" not in outcome:
        return outcome
    address = urlsplit(outcome["result"]["address"])
    method = outcome["result"].get("method", "GET")
    connection = connected(address, authority)
    try:
        connection.request(method, f"{address.path}?{address.query}{beside}", headers={"Accept": ACCEPT})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        return {"result": {"status": answer.status, "location": answer.headers.get("Location"), "text": text}}
    except (OSError, http.client.HTTPException) as trouble:
        raise Broken(f"the address could not be opened: {trouble!r}") from None
    finally:
        connection.close()


def connected(address, authority):
    """A connection to where an address leads; over TLS, to whom the authority has certified."""
    if address.scheme == "https":
        return http.client.HTTPSConnection(address.netloc, timeout=20, context=ssl.create_default_context(cafile=authority))
    return http.client.HTTPConnection(address.netloc, timeout=20)
