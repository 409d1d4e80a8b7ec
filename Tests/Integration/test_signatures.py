"""SigV4: what is accepted, and the right AWS error for everything that is not."""

import dataclasses
import datetime
import os
import stat

import pytest

from harness.controlplane import ControlPlane, run_executable
from harness.places import region
from harness.signing import Connection, request_headers
from harness.tasks import refused


def call(plane, **changes):
    """ListClusters with the root key, and something changed about the signing."""
    signing = dataclasses.replace(plane.signing, **changes)
    return Connection("127.0.0.1", plane.port, signing).call("ListClusters")


def assert_refused(answer, code):
    assert (answer.status, answer.error_code) == (400, code), answer.body
    assert answer.message
    assert "x-amzn-requestid" in answer.headers


def test_root_key_is_accepted(plane):
    assert call(plane).status == 200


def test_wrong_secret(plane, ecs):
    assert_refused(call(plane, secret_key="wrong"), "InvalidSignatureException")
    with refused("InvalidSignatureException"):
        plane.client(secret_key="wrong").list_clusters()


def test_unknown_key(plane):
    answer = call(plane, access_key="AKIAIOSFODNN7EXAMPLE")
    assert_refused(answer, "UnrecognizedClientException")
    assert answer.message == "The security token included in the request is invalid."
    with refused("UnrecognizedClientException"):
        plane.client(access_key="AKIAIOSFODNN7EXAMPLE").list_clusters()


@pytest.mark.parametrize("minutes, accepted", [(-4, True), (4, True), (-6, False), (6, False), (-1440, False)])
def test_clock(plane, minutes, accepted):
    answer = call(plane, clock_offset=datetime.timedelta(minutes=minutes))
    if accepted:
        assert answer.status == 200
    else:
        assert_refused(answer, "InvalidSignatureException")


def test_no_signature(plane):
    assert_refused(plane.connection(signed=False).call("ListClusters"), "MissingAuthenticationTokenException")


@pytest.mark.parametrize(
    "header",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/ecs/aws4_request",
        "AWS4-HMAC-SHA256 Credential=AKIA, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=, Signature=",
    ],
)
def test_malformed_authorization(plane, header):
    headers = {"Authorization": header, "X-Amz-Date": "20260101T000000Z"}
    assert_refused(
        plane.connection(signed=False).call("ListClusters", headers=headers), "IncompleteSignatureException"
    )


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer x", "AWS AKIA:x", "x" * 4000])
def test_other_schemes(plane, header):
    answer = plane.connection(signed=False).call("ListClusters", headers={"Authorization": header})
    assert answer.status == 400
    assert answer.error_code in ("IncompleteSignatureException", "MissingAuthenticationTokenException")


def test_tampered_body(plane):
    answer = plane.connection().call(
        "CreateCluster", b'{"clusterName":"signed"}', sent_body=b'{"clusterName":"forged"}'
    )
    assert_refused(answer, "InvalidSignatureException")
    assert plane.client().describe_clusters(clusters=["forged"])["clusters"] == []


@pytest.mark.parametrize(
    "name, value",
    [("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.DescribeClusters"), ("X-Amz-Date", "20260101T000000Z")],
)
def test_tampered_header(plane, name, value):
    connection = plane.connection()
    headers = connection.signing.headers("POST", "/", connection.host, request_headers("ListClusters"), b"{}")
    answer = connection.send("POST", "/", {**headers, name: value}, b"{}")
    assert_refused(answer, "InvalidSignatureException")


def test_unsigned_target_is_not_believed(plane):
    connection = plane.connection()
    headers = connection.signing.headers(
        "POST", "/", connection.host, {"Content-Type": "application/x-amz-json-1.1"}, b"{}"
    )
    headers["X-Amz-Target"] = request_headers("ListClusters")["X-Amz-Target"]
    answer = connection.send("POST", "/", headers, b"{}")
    assert answer.status == 400


def test_signed_for_another_service(plane):
    answer = call(plane, service="s3")
    assert_refused(answer, "InvalidSignatureException")
    assert answer.message == "Credential should be scoped to correct service: 'ecs'."


def wrong_region(used, served=region):
    return (
        f"Credential should be scoped to a valid region, not '{used}'. This control plane serves the region "
        f"'{served}': sign for it, for example with AWS_DEFAULT_REGION={served} or --region {served}."
    )


@pytest.mark.parametrize("used", ["eu-north-7", "us-gov-west-1", "aws-global", "US-EAST-1", ""])
def test_signed_for_another_region(plane, used):
    answer = call(plane, region=used)
    assert_refused(answer, "InvalidSignatureException")
    assert answer.message == wrong_region(used)


def test_boto3_with_another_region(plane):
    with refused("InvalidSignatureException", wrong_region("eu-west-1")):
        plane.client(region_name="eu-west-1").list_clusters()


def test_aws_command_with_another_region(plane):
    result = plane.aws("list-clusters", "--region", "eu-west-1", check=False)
    assert result.returncode != 0
    assert "InvalidSignatureException" in result.stderr and wrong_region("eu-west-1") in result.stderr
    assert plane.aws("list-clusters", "--region", region) is not None


def test_a_control_plane_of_another_region(workshop):
    """What it writes to its credentials file, and the message, name the region that it serves."""
    plane = workshop.control_plane(arguments=["--region", "eu-central-2"])
    with refused("InvalidSignatureException", wrong_region(region, served="eu-central-2")):
        plane.client().list_clusters()
    ecs = plane.client(region_name="eu-central-2")
    assert ecs.create_cluster()["cluster"]["clusterArn"].startswith("arn:aws:ecs:eu-central-2:")
    assert "region = eu-central-2" in plane.credentials_file.read_text()


def test_without_signatures_any_region_is_taken(workshop):
    plane = workshop.control_plane(auth="off")
    for used in (region, "eu-west-1", "mars-north-1"):
        cluster = plane.client(region_name=used).create_cluster(clusterName=used)["cluster"]
        assert cluster["clusterArn"].startswith(f"arn:aws:ecs:{region}:"), "ARNs stay in the one region"
    plane.aws("list-clusters", "--region", "ap-south-1")


def test_files_of_first_start(plane):
    for path in (plane.credentials_file, plane.data / "join-token"):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert len(plane.join_token) >= 20 and "\n" not in plane.join_token
    log = plane.process.log()
    assert plane.signing.secret_key not in log and plane.join_token not in log


def test_keys_stay_over_a_restart(workshop):
    plane = workshop.control_plane()
    before = (plane.signing, plane.join_token)
    plane.stop()
    plane.start()
    assert (plane.signing, plane.join_token) == before
    assert plane.client().list_clusters()["clusterArns"] == []


def test_auth_off_accepts_anything(workshop):
    plane = workshop.control_plane(auth="off")
    assert plane.connection(signed=False).call("ListClusters").status == 200
    assert plane.client(access_key="any", secret_key="thing").list_clusters()["clusterArns"] == []


@pytest.mark.parametrize("address", ["0.0.0.0", "[::]"])
def test_auth_off_is_refused_beyond_loopback(tmp_path, address):
    result = run_executable(
        "stevedore-controlplane", "--listen", f"{address}:18600", "--data-dir", tmp_path / "data", "--auth", "off"
    )
    assert result.returncode in (64, 78), result
    assert "auth" in result.stderr and len(result.stderr.strip().splitlines()) <= 2


def test_a_control_plane_is_its_own_authority(workshop):
    """A key of one is nothing to another."""
    one, other = workshop.control_plane(), workshop.control_plane()
    assert isinstance(one, ControlPlane)
    answer = Connection("127.0.0.1", other.port, one.signing).call("ListClusters")
    assert_refused(answer, "UnrecognizedClientException")
