"""All 77 operations of the model are routed: a 5xx would make SDKs and Terraform retry for minutes."""

import boto3
import pytest

from harness.controlplane import done_operations
from harness.places import region

#: What this version has; everything else of the model says by name that it has not.
built = done_operations()

operations = boto3.client(
    "ecs", region_name=region, aws_access_key_id="x", aws_secret_access_key="x"
).meta.service_model.operation_names


def test_the_model_is_the_pinned_one():
    assert len(operations) == 77
    assert built < set(operations)


@pytest.mark.parametrize("operation", operations)
def test_every_operation_answers(plane, operation):
    answer = plane.connection().call(operation, b"{}")
    assert answer.status in (200, 400), answer
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(answer.headers["x-amzn-requestid"]) >= 16
    if operation not in built:
        assert answer.status == 400
        assert answer.error_code, answer.body
        assert operation in answer.message, answer.body


@pytest.mark.parametrize("operation", ["NoSuchOperation", "", "createcluster", "Create Cluster", "x" * 2000])
def test_unknown_operations(plane, operation):
    answer = plane.connection().call(operation, b"{}")
    assert answer.status == 400
    assert answer.error_code == "UnknownOperationException"


@pytest.mark.parametrize("target", ["AmazonEC2ContainerServiceV20200101.ListClusters", "ListClusters", "DynamoDB.X"])
def test_unknown_targets(plane, target):
    connection = plane.connection()
    body = b"{}"
    headers = connection.signing.headers(
        "POST", "/", connection.host,
        {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}, body,
    )  # fmt: skip
    answer = connection.send("POST", "/", headers, body)
    assert answer.status in (400, 404)


def test_request_ids_differ(plane):
    connection = plane.connection()
    ids = {connection.call("ListClusters").headers["x-amzn-requestid"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_other_methods_are_client_errors(plane, method):
    assert 400 <= plane.connection(signed=False).send(method, "/").status < 500


def test_health_and_readiness_need_no_signature(plane):
    assert plane.get("/healthz")[0] == 200
    assert plane.get("/readyz")[0] == 200
    assert plane.get("/nothing")[0] in (400, 403, 404)
