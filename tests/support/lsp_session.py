"""A plain client of the language server, with control over every byte and the clock."""

import json
import os
import pathlib
import select
import subprocess
import time


class Session:
    def __init__(self, inchworm, folder, *arguments, initialize=True):
        self.folder, self.next_id, self.buffer, self.notifications = pathlib.Path(folder), 0, b"", []
        self.process = subprocess.Popen([inchworm, "lsp", *arguments], cwd=folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env={**os.environ, "DATABASE_URL": ""})
        if initialize:
            self.request("initialize", {"processId": None, "rootUri": self.folder.as_uri(), "capabilities": {}})
            self.notify("initialized", {})

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def request(self, method, params=None):
        self.next_id += 1
        self.send({"id": self.next_id, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.next_id:
                return message
            self.notifications.append(message)

    def receive(self, seconds=30):
        """The next message; None at the end of the output."""
        end = time.monotonic() + seconds
        while True:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if found:
                length = int(head.split(b":")[1])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    return json.loads(rest[:length])
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise TimeoutError("the server says nothing")
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                return None
            self.buffer += data

    def uri(self, path):
        return (self.folder / path).as_uri()

    def open(self, path, text=None):
        text = (self.folder / path).read_text() if text is None else text
        self.notify("textDocument/didOpen", {"textDocument": {"uri": self.uri(path), "languageId": "sql", "version": 1,
                                                              "text": text}})
        return self.diagnostics(path)

    def change(self, path, changes, version=2):
        self.notify("textDocument/didChange", {"textDocument": {"uri": self.uri(path), "version": version},
                                               "contentChanges": changes})
        return self.diagnostics(path)

    def diagnostics(self, path):
        """The next ones that are published for the file."""
        while True:
            message = self.notifications.pop(0) if self.notifications else self.receive()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == self.uri(path):
                return message["params"]["diagnostics"]

    def at(self, path, line, character):
        return {"textDocument": {"uri": self.uri(path)}, "position": {"line": line, "character": character}}

    def end(self):
        self.request("shutdown")
        self.notify("exit", None)
        status = self.process.wait(timeout=30)
        errors = self.process.stderr.read()
        assert status == 0, (status, errors.decode())
        return errors

    def kill(self):
        self.process.kill()
        self.process.wait()


def whole(text):
    return [{"text": text}]


def edit(line, start, end, text):
    return [{"range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}, "text": text}]
