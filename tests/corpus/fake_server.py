"""A server that does one thing wrong, for the runner to find: `fake_server.py PORT FAULT`."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PET = b'{"name": "Rex", "age": 3}'
ANSWERS = {
    # fault: (to a valid request, to an invalid one)
    "none": ((200, PET), (422, b'{"error": "no"}')),
    "status": ((202, PET), (422, b'{"error": "no"}')),
    "body": ((200, b'{"name": "Rex", "age": "three"}'), (422, b'{"error": "no"}')),
    "accepts": ((200, PET), (200, PET)),
    "error-body": ((200, PET), (422, b'{"fault": "no"}')),
    "server-error": ((200, PET), (500, b"{}")),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if FAULT == "ends" and "limit" in self.path:
            os._exit(1)
        valid = "limit=" in self.path and self.path.rpartition("limit=")[2].isdigit()
        status, body = ANSWERS.get(FAULT, ANSWERS["none"])[0 if valid else 1]
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if FAULT == "media-type" else "application/json")
        if FAULT != "header":
            self.send_header("X-Count", "7")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


FAULT = sys.argv[2]
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
