import platform
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.end_headers()
        # Edit this while `os push` runs, and load the page again.
        text = f"Hello from {platform.node()} ({platform.machine()})\n"
        self.wfile.write(text.encode())


# The first process of a container is not ended by SIGTERM unless it says so.
signal.signal(signal.SIGTERM, lambda *_: sys.exit())

print("listening on port 80")
ThreadingHTTPServer(("", 80), Page).serve_forever()
