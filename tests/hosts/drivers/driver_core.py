"""Runs test code inside a host program: one JSON line in, one JSON line out. Only ever installed by tests."""

import json
import traceback


class Driver:
    """Keeps a namespace between requests. A request is {"code": ...}; the code sets `result`."""

    def __init__(self, **namespace):
        self.namespace = dict(namespace)
        self.buffer = b""

    def feed(self, data):
        """Answer every whole line of the bytes received so far."""
        self.buffer += data
        answers = b""
        while b"\n" in self.buffer:
            line, self.buffer = self.buffer.split(b"\n", 1)
            answers += self.answer(line) + b"\n"
        return answers

    def answer(self, line):
        self.namespace["result"] = None
        try:
            exec(compile(json.loads(line)["code"], "<test>", "exec"), self.namespace)
            return json.dumps({"result": self.namespace["result"]}).encode()
        except Exception:
            return json.dumps({"error": traceback.format_exc()}).encode()
