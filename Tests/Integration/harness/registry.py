"""A registry with one image, for tests of pulls. docker takes any registry on 127.0.0.1 without TLS.

As a program (`registry.py PORT FOLDER`) it serves FOLDER: `manifest.json` for every name and tag, and blobs named by
their digests. It writes a line for each request.
"""

import gzip
import hashlib
import http.server
import json
import pathlib
import sys
import tarfile

manifest_type = "application/vnd.docker.distribution.manifest.v2+json"


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
        config = blob(saved.extractfile(listed["Config"]).read(), "application/vnd.docker.container.image.v1+json")
        layers = [
            blob(
                gzip.compress(saved.extractfile(layer).read(), mtime=0),
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
            )
            for layer in listed["Layers"]
        ]
    manifest = {"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": layers}
    (folder / "manifest.json").write_text(json.dumps(manifest))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = pathlib.Path()

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        kind, _, reference = self.path.rpartition("/")
        if self.path in ("/v2", "/v2/"):
            self.answer(200, b"{}", "application/json")
        elif kind.endswith("/manifests"):
            self.answer(200, (self.folder / "manifest.json").read_bytes(), manifest_type)
        elif kind.endswith("/blobs") and (self.folder / reference).exists():
            self.answer(200, (self.folder / reference).read_bytes(), "application/octet-stream")
        else:
            self.answer(404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}', "application/json")

    def answer(self, status, body, media_type):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(body).hexdigest())
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, form, *arguments):
        print(f"{self.command} {self.path}", flush=True)


if __name__ == "__main__":
    Handler.folder = pathlib.Path(sys.argv[2])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
