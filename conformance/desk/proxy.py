"""A reverse proxy as operators have one: a folder of another site, and the address of who asks in a header."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FOLDER = "/id"


class Proxy:
    """Listens at once; `behind` is set when the server has started."""

    def __init__(self):
        self.behind = None
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                if not self.path.startswith(FOLDER + "/"):
                    self.send_error(404)
                    return
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = dict(self.headers.items()) | {"X-Forwarded-For": self.client_address[0]}
                inside = http.client.HTTPConnection(urlsplit(proxy.behind).netloc, timeout=30)
                inside.request(self.command, self.path[len(FOLDER) :], body, headers)
                answer = inside.getresponse()
                content = answer.read()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "connection", "date"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                inside.close()

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}{FOLDER}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
