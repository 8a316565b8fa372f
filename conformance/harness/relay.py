"""Relays between an SDK and the server: they send everything twice, lose answers, alter them, or frame requests anew."""

import json
import re
import socket
import threading
from urllib.parse import urlsplit

from .compare import ABSENT, differing


class Relay:
    """Listens on `endpoint` and carries each request to the server; what comes back is for the kinds of relay to say."""

    def __init__(self, upstream):
        place = urlsplit(f"//{upstream}")  # an IPv6 address without its brackets
        self.upstream = (place.hostname, place.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as incoming:
            while request := message(incoming):
                client.sendall(self._answer(request))

    def _send(self, request):
        with socket.create_connection(self.upstream, timeout=20) as server, server.makefile("rb") as answer:
            server.sendall(request)
            return message(answer)

    def faults(self):
        """What the relay itself saw go wrong."""
        return []

    def end(self):
        """Stops listening."""
        self.listener.close()


class Replayer(Relay):
    """Sends each request's exact bytes twice and hands on the second answer, which is to be `alike` or `refused`.

    With `{"alike": MEMBER}`, only that member of the two answers has to be alike.
    """

    def __init__(self, upstream, expected):
        self.expected = expected
        self.pairs = []
        super().__init__(upstream)

    def _answer(self, request):
        first, second = self._send(request), self._send(request)
        self.pairs.append((decoded(first), decoded(second)))
        return second

    def faults(self):
        if len(self.pairs) != 1:
            return [f"the relay saw {len(self.pairs)} requests and not one"]
        (first_status, first), (second_status, second) = self.pairs[0]
        if first_status != 200:
            return [f"the first sending was refused already: {first_status} {first}"]
        if isinstance(self.expected, dict):
            member = self.expected["alike"]
            first, second = first.get(member, ABSENT), second.get(member, ABSENT)
        if self.expected != "refused":
            return [*differing("second status", first_status, second_status), *differing("second answer", first, second)]
        return [] if second_status in (400, 401) else [f"the second sending was not refused: {second_status} {second}"]


class Loser(Relay):
    """Loses the first answer, whatever it was, and says instead that a gateway is bad; the later ones it hands on.

    The server has done by then what it was asked to do. What it answered each time must name the same result.
    """

    LOST = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<h1>Bad Gateway</h1>\r\n"

    def __init__(self, upstream, sendings):
        self.sendings = sendings
        self.requests, self.answers = [], []
        super().__init__(upstream)

    def _answer(self, request):
        answer = self._send(request)
        self.requests.append(request)
        self.answers.append(decoded(answer))
        return self.LOST if len(self.answers) == 1 else answer

    def faults(self):
        if len(self.answers) != self.sendings:
            return [f"the relay saw {len(self.answers)} requests and not {self.sendings}"]
        found = [f"the server refused what was lost: {status} {answer}" for status, answer in self.answers[:1] if status != 200]
        marks = {tuple(re.findall(rb"(?mi)^x-sdk-invocation-id:.*$", request)) for request in self.requests}
        if len(marks) != 1:
            found.append("the SDK gave its repetition another invocation id")
        results = [answer.get("Result", ABSENT) for _, answer in self.answers if isinstance(answer, dict)]
        return found + [fault for later in results[1:] for fault in differing("the later answer's result", results[0], later)]


class Chunker(Relay):
    """Frames each request's body in chunks of so many bytes, as a proxy may: nothing that is signed changes."""

    def __init__(self, upstream, size):
        self.size = size
        super().__init__(upstream)

    def _answer(self, request):
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
        pieces = [body[start : start + self.size] for start in range(0, len(body), self.size)]
        framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        if len(lines) == head.count(b"\r\n") + 1:
            return self._send(request)
        return self._send(b"\r\n".join([*lines, b"Transfer-Encoding: chunked"]) + b"\r\n\r\n" + framed)


class Forger(Relay):
    """Puts other words of the same length into each answer: what was signed is no longer what arrives."""

    def __init__(self, upstream, words):
        self.words = [(old.encode(), new.encode()) for old, new in words.items()]
        super().__init__(upstream)

    def _answer(self, request):
        answer = self._send(request)
        for old, new in self.words:
            answer = answer.replace(old, new)
        return answer


def message(stream):
    """One whole message as it came, head and body; empty at the end of the stream."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    if re.search(rb"^transfer-encoding:\s*chunked\s*$", head, re.I | re.M):
        return head + chunks(stream)
    length = re.search(rb"^content-length:\s*(\d+)\s*$", head, re.I | re.M)
    return head + stream.read(int(length[1]) if length else 0)


def chunks(stream):
    """A chunked body as it came, with its frames."""
    body = b""
    while True:
        line = stream.readline()
        size = int(line.split(b";")[0] or b"0", 16)
        body += line + stream.read(size + 2)
        if size == 0:
            return body


def decoded(answer):
    """An answer's status and its body, which is text where it is no JSON."""
    head, _, body = answer.partition(b"\r\n\r\n")
    try:
        content = json.loads(body)
    except ValueError:
        content = body.decode("utf-8", "replace")
    return int(head.split(b" ", 2)[1]), content
