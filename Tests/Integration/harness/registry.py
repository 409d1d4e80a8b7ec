"""A registry with one image, for tests of pulls. docker takes any registry on 127.0.0.1 without TLS.

As a program (`registry.py PORT FOLDER [USER:PASSWORD]`) it serves FOLDER: manifests for every name and tag, and blobs
named by their digests. It writes a line for each request. Given a user and password it wants to see them (HTTP Basic).
Names that begin with `stall/` and `dead/` have an image of their own, so that no engine has it already: the first blob
of a `stall/` name that is asked for stops half-way, and so does every one of a `dead/` name.
"""

import base64
import gzip
import hashlib
import http.server
import json
import pathlib
import sys
import tarfile
import threading

manifest_type = "application/vnd.docker.distribution.manifest.v2+json"


#: The variants of the image, by what their names begin with, and how hard their layers are compressed.
variants = {"": 9, "stall": 1, "dead": 5}


def fill(folder, archive):
    """Lays out an image that `docker save` wrote to `archive`."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    def blob(data, media_type):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        return {"mediaType": media_type, "size": len(data), "digest": digest}

    with tarfile.open(archive) as saved:
        (listed,) = json.load(saved.extractfile("manifest.json"))
        settings = json.load(saved.extractfile(listed["Config"]))
        layers = [saved.extractfile(layer).read() for layer in listed["Layers"]]
    for variant, level in variants.items():
        manifest = {
            "schemaVersion": 2,
            "mediaType": manifest_type,
            "config": blob(
                json.dumps({**settings, "comment": variant}).encode(),
                "application/vnd.docker.container.image.v1+json",
            ),
            "layers": [
                blob(gzip.compress(layer, level, mtime=0), "application/vnd.docker.image.rootfs.diff.tar.gzip")
                for layer in layers
            ],
        }
        (folder / manifest_name(variant)).write_text(json.dumps(manifest))


def manifest_name(variant):
    return f"manifest-{variant}.json" if variant else "manifest.json"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = pathlib.Path()
    login = None
    stalled = set()

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        kind, _, reference = self.path.rpartition("/")
        name = kind.removeprefix("/v2/").rpartition("/")[0]
        variant = name.partition("/")[0] if name.partition("/")[0] in variants else ""
        if self.login and self.headers.get("Authorization") != self.login:
            self.answer(401, b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}', "application/json")
        elif self.path in ("/v2", "/v2/"):
            self.answer(200, b"{}", "application/json")
        elif kind.endswith("/manifests"):
            self.answer(200, (self.folder / manifest_name(variant)).read_bytes(), manifest_type)
        elif kind.endswith("/blobs") and (self.folder / reference).exists():
            data = (self.folder / reference).read_bytes()
            self.answer(200, data, "application/octet-stream", stalls=self.stalls(variant, name))
        else:
            self.answer(404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}', "application/json")

    def stalls(self, variant, name):
        is_first = name not in self.stalled
        self.stalled.add(name)
        return variant == "dead" or (variant == "stall" and is_first)

    def answer(self, status, body, media_type, stalls=False):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(body).hexdigest())
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[: len(body) // 2] if stalls else body)
        if stalls:
            threading.Event().wait(300)

    def log_message(self, form, *arguments):
        print(f"{self.command} {self.path}", flush=True)


if __name__ == "__main__":
    Handler.folder = pathlib.Path(sys.argv[2])
    if len(sys.argv) > 3:
        Handler.login = "Basic " + base64.b64encode(sys.argv[3].encode()).decode()
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
