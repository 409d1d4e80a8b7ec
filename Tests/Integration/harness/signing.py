"""Raw requests to the API, signed or not, right or wrong: what no SDK would send."""

import datetime
import hashlib
import hmac
import http.client
import json
from dataclasses import dataclass, field

from .places import region as default_region

target_prefix = "AmazonEC2ContainerServiceV20141113"


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error_code(self):
        """The exception's name, as clients take it from `__type`."""
        return self.json.get("__type", "").split("#")[-1]

    @property
    def message(self):
        return self.json.get("message") or self.json.get("Message") or ""


@dataclass
class Signing:
    """How a request is signed. Every part can be made wrong."""

    access_key: str
    secret_key: str
    region: str = default_region
    service: str = "ecs"
    clock_offset: datetime.timedelta = field(default_factory=datetime.timedelta)

    def headers(self, method, path, host, headers, body):
        now = datetime.datetime.now(datetime.timezone.utc) + self.clock_offset
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        day = stamp[:8]
        signed = {name.lower(): value.strip() for name, value in headers.items()}
        signed["host"] = host
        signed["x-amz-date"] = stamp
        names = ";".join(sorted(signed))
        canonical = "\n".join(
            [method, path, "", *(f"{name}:{signed[name]}" for name in sorted(signed)), "", names]
            + [hashlib.sha256(body).hexdigest()]
        )
        scope = f"{day}/{self.region}/{self.service}/aws4_request"
        to_sign = "\n".join(
            ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = f"AWS4{self.secret_key}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        return {
            **headers,
            "X-Amz-Date": stamp,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}",
        }


def request_headers(operation):
    return {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"{target_prefix}.{operation}",
    }


class Connection:
    """One keep-alive connection to the API."""

    def __init__(self, address, port, signing=None, seconds=30):
        self.host = f"{address}:{port}"
        self.signing = signing
        self._connection = http.client.HTTPConnection(address, port, timeout=seconds)

    def call(self, operation, body=b"{}", signing=None, headers=None, sent_body=None):
        """Sends one operation; `sent_body` goes out instead of the body that was signed."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        all_headers = {**request_headers(operation), **(headers or {})}
        signing = signing or self.signing
        if signing:
            all_headers = signing.headers("POST", "/", self.host, all_headers, body)
        return self.send("POST", "/", all_headers, body if sent_body is None else sent_body)

    def send(self, method, path, headers=None, body=None):
        self._connection.request(method, path, body=body, headers=headers or {})
        response = self._connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def close(self):
        self._connection.close()
