"""A large model that sorts words, for what is tried beside it: in OpenAI's form, on a port that it prints."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Large(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        words = asked["messages"][-1]["content"].split(": ")[-1].split()
        said = {"role": "assistant", "content": " ".join(sorted(words))}
        usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
        if asked.get("stream"):
            first = {"choices": [{"index": 0, "delta": said}]}
            last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}
            kind, body = "text/event-stream", "".join(f"data: {json.dumps(e)}\n\n" for e in (first, last)) + "data: [DONE]\n\n"
        else:
            choice = {"index": 0, "message": said, "finish_reason": "stop"}
            kind, body = "application/json", json.dumps({"choices": [choice], "usage": usage})
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Large)
print(server.server_port)
sys.stdout.flush()
server.serve_forever()
