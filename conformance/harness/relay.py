"""Relays between an SDK and the server: one that sends everything twice, one that alters answers on the way."""

import json
import re
import socket
import threading

from .compare import differing


class Relay:
    """Listens on `endpoint` and carries each request to the server; what comes back is for the kinds of relay to say."""

    def __init__(self, upstream):
        host, port = upstream.rsplit(":", 1)
        self.upstream = (host, int(port))
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
    """Sends each request's exact bytes twice and hands on the second answer, which is to be `alike` or `refused`."""

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
        if self.expected == "alike":
            return [*differing("second status", first_status, second_status), *differing("second answer", first, second)]
        return [] if second_status in (400, 401) else [f"the second sending was not refused: {second_status} {second}"]


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
    length = re.search(rb"^content-length:\s*(\d+)\s*$", head, re.I | re.M)
    return head + stream.read(int(length[1]) if length else 0)


def decoded(answer):
    """An answer's status and its body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), json.loads(body)
