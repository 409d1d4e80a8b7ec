"""Whatever is sent gets an AWS error or a closed connection, and the process serves others meanwhile."""

import json
import resource
import socket
import threading

import pytest

from harness.tasks import register, unique
from harness.waiting import wait_until


@pytest.fixture(autouse=True)
def still_serving(plane):
    pid = plane.process.pid
    yield
    assert plane.process.is_running and plane.process.pid == pid, plane.process.tail()
    assert plane.connection().call("ListClusters").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"}", b"nonsense", b"[]", b'"text"', b"1", b"null", b'{"clusterName":}', b'{"clusterName":"a"',
        b"{'clusterName':'a'}", b"\xff\xfe\x00", b'{"clusterName":"\xff"}', b'{"clusterName":"\\ud800"}',
        b'{"clusterName":"a"}trailing', b"\x00" * 100, b'{"a":1e400}',
        b'{"clusterName":' + b"[" * 100_000, b'{"x":' + b'{"x":' * 50_000,
        b'{"unknown":' + b"[" * 400 + b"]" * 400 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
def test_malformed_json(plane, body):
    answer = plane.connection().call("CreateCluster", body)
    if answer.status == 200:
        # SDKs send {} for no input; nothing at all may mean the same, and what is unknown is ignored.
        assert body == b"" or b"unknown" in body or b'"a"' in body[:5] or b"1e400" in body
    else:
        assert answer.status == 400
        assert answer.error_code in ("SerializationException", "InvalidParameterException", "ClientException")
        assert answer.message


@pytest.mark.parametrize(
    "operation, body",
    [
        ("CreateCluster", {"clusterName": 1}),
        ("CreateCluster", {"clusterName": ["a"]}),
        ("CreateCluster", {"tags": {"key": "a"}}),
        ("CreateCluster", {"tags": [1]}),
        ("RunTask", {"taskDefinition": "a", "count": "one"}),
        ("RunTask", {"taskDefinition": "a", "count": 1.5}),
        ("RunTask", {"taskDefinition": "a", "count": 10**30}),
        ("RunTask", {"taskDefinition": "a", "enableECSManagedTags": "yes"}),
        ("RegisterTaskDefinition", {"family": "f", "containerDefinitions": {}}),
        ("RegisterTaskDefinition", {"family": "f", "containerDefinitions": ["c"]}),
        ("RegisterTaskDefinition", {"family": "f", "containerDefinitions": [{"dockerLabels": [1]}]}),
        ("DescribeTasks", {"tasks": "a"}),
        ("ListTasks", {"maxResults": True}),
    ],
)
def test_wrong_types(plane, operation, body):
    answer = plane.connection().call(operation, body)
    assert (answer.status, answer.error_code) == (400, "SerializationException"), answer.body


@pytest.mark.parametrize(
    "operation, body",
    [
        ("RunTask", {}),
        ("StartTask", {"taskDefinition": "a"}),
        ("StartTask", {"containerInstances": ["a"]}),
        ("StopTask", {}),
        ("DescribeTasks", {}),
        ("DescribeTaskDefinition", {}),
        ("DeregisterTaskDefinition", {}),
        ("RegisterTaskDefinition", {}),
        ("RegisterTaskDefinition", {"family": "f"}),
        ("DeleteCluster", {}),
        ("DescribeContainerInstances", {}),
        ("DeregisterContainerInstance", {}),
    ],
)
def test_missing_members(plane, operation, body):
    answer = plane.connection().call(operation, body)
    assert answer.status == 400
    assert answer.error_code in ("InvalidParameterException", "ClientException", "SerializationException"), answer.body
    assert answer.message


def test_unknown_members_are_ignored(plane):
    name = unique("ignoring")
    answer = plane.connection().call("CreateCluster", {"clusterName": name, "future": {"a": [1, None]}})
    assert (answer.status, answer.json["cluster"]["clusterName"]) == (200, name)
    definition = {"name": "c", "image": "i", "memory": 8, "futureField": True}
    answer = plane.connection().call(
        "RegisterTaskDefinition", {"family": name, "containerDefinitions": [definition], "alsoNew": 1}
    )
    assert answer.status == 200


def test_null_members_are_absent_ones(plane):
    answer = plane.connection().call("CreateCluster", {"clusterName": "nulls", "tags": None, "settings": None})
    assert answer.status == 200


@pytest.mark.parametrize(
    "operation, body",
    [
        ("ListTasks", {"desiredStatus": "SLEEPING"}),
        ("ListTaskDefinitions", {"status": "ASLEEP"}),
        ("ListTaskDefinitions", {"sort": "SIDEWAYS"}),
        ("RunTask", {"taskDefinition": "a", "launchType": "ROCKET"}),
        ("RegisterTaskDefinition", {"family": "f", "networkMode": "pigeon",
            "containerDefinitions": [{"name": "c", "image": "i", "memory": 8}]}),
    ],
)  # fmt: skip
def test_values_outside_an_enumeration(plane, operation, body):
    answer = plane.connection().call(operation, body)
    assert answer.status == 400
    assert answer.error_code in ("InvalidParameterException", "ClientException"), answer.body


def test_large_body_within_the_limit_is_read(plane):
    """1 MiB is the limit; what is under it is judged by its content."""
    body = json.dumps({"clusterName": "big", "ignored": "x" * 1_000_000}).encode()
    assert plane.connection().call("CreateCluster", body).status == 200


@pytest.mark.parametrize("size", [1_048_577, 5_000_000, 50_000_000])
def test_huge_bodies(plane, size):
    body = b'{"ignored":"' + b"x" * (size - 14) + b'"}'
    try:
        answer = plane.connection().call("CreateCluster", body)
    except (ConnectionError, BrokenPipeError):
        return  # closed before we had sent it all
    assert 400 <= answer.status < 500


def raw(plane, data, seconds=5, half_close=False):
    """What comes back for these bytes, until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", plane.port), timeout=seconds) as connection:
        answer = b""
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                answer += chunk
        except TimeoutError:
            answer += b"(open)"
        except ConnectionError:
            pass
        return answer


start = b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonEC2ContainerServiceV20141113.ListClusters\r\n"


@pytest.mark.parametrize(
    "head",
    [
        start + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        start + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        start + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        start + b"Content-Length: -1\r\n\r\n",
        start + b"Content-Length: 2x\r\n\r\n{}",
        start + b"Content-Length: 99999999999999999999999\r\n\r\n",
        start + b"Host: y\r\nContent-Length: 2\r\n\r\n{}",
        start + b"X-Odd: a\x01b\r\nContent-Length: 2\r\n\r\n{}",
        start + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        start.replace(b"Host: x\r\n", b"") + b"Content-Length: 2\r\n\r\n{}",
        b"NONSENSE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=lambda head: repr(head[-30:]),
)
def test_ambiguous_requests_are_refused_and_closed(plane, head):
    # A second request behind the first must never be answered. (libmicrohttpd 0.9.75 itself refuses a Content-Length
    # that is no number, and sends the header of that answer twice, so answers are not counted here.)
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = raw(plane, head + smuggled, seconds=3)
    assert b" 200 " not in answer, answer
    assert not answer.endswith(b"(open)"), answer


@pytest.mark.parametrize(
    "lines", [b"X-A: " + b"y" * 40_000 + b"\r\n", b"".join(b"X-%d: y\r\n" % n for n in range(5000))],
    ids=["one long line", "many lines"],
)  # fmt: skip
def test_headers_over_16_kib(plane, lines):
    answer = raw(plane, start + lines + b"Content-Length: 2\r\n\r\n{}")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:80]


def test_half_sent_bodies_hold_up_nobody(plane):
    sockets = []
    for _ in range(50):
        connection = socket.create_connection(("127.0.0.1", plane.port), timeout=5)
        connection.sendall(start + b"Content-Length: 100000\r\n\r\n{")
        sockets.append(connection)
    assert plane.connection().call("ListClusters").status == 200
    for connection in sockets:
        connection.close()
    assert raw(plane, start + b"Content-Length: 100\r\n\r\n{", half_close=True).count(b" 200 ") == 0


def test_half_sent_headers_hold_up_nobody(plane):
    sockets = [socket.create_connection(("127.0.0.1", plane.port), timeout=5) for _ in range(50)]
    for connection in sockets:
        connection.sendall(start)
    assert plane.connection().call("ListClusters").status == 200
    for connection in sockets:
        connection.close()


def test_a_thousand_idle_connections(plane):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    idle = []
    try:
        for number in range(1000):
            connection = socket.create_connection(("127.0.0.1", plane.port), timeout=5)
            if number % 2:
                # Half of them have had an answer, and keep the connection.
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            idle.append(connection)
        plane_connection = plane.connection()
        for _ in range(20):
            assert plane_connection.call("ListClusters").status == 200
        assert plane.connection().call("ListClusters").status == 200, "a new connection"
    finally:
        for connection in idle:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    wait_until(lambda: plane.connection().call("ListClusters").status == 200, "service after it")


def test_clients_that_vanish_do_no_harm(plane):
    for _ in range(100):
        connection = plane.connection()
        body = b"{}"
        headers = connection.signing.headers("POST", "/", connection.host, {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListTaskDefinitions",
        }, body)  # fmt: skip
        connection._connection.request("POST", "/", body=body, headers=headers)
        connection.close()


def test_pipelining_and_keep_alive(plane):
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = raw(plane, request * 3 + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert answer.count(b"HTTP/1.1 200") == 4


def test_simultaneous_clients(plane, ecs):
    register(ecs)
    statuses = []

    def call():
        connection = plane.connection()
        statuses.extend(connection.call("ListTaskDefinitions").status for _ in range(25))

    threads = [threading.Thread(target=call) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 500
