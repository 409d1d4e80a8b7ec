"""A disk that fills up: writes stop being acknowledged, and nothing that was acknowledged is lost."""

import os

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness.controlplane import ControlPlane
from harness.processes import run
from harness.waiting import wait_until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small file system")


@pytest.fixture
def small_disk(scratch):
    folder = scratch / "small-disk"
    folder.mkdir(parents=True, exist_ok=True)
    run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", folder])
    yield folder
    run(["umount", "--lazy", folder])


def test_full_disk(small_disk, workshop):
    plane = workshop.control_plane(start=False)
    assert isinstance(plane, ControlPlane)
    plane.data = small_disk / "data"
    plane.start()
    ecs = plane.client()
    acknowledged = []
    filler = [{"key": f"k{n}", "value": "x" * 250} for n in range(50)]
    refusal = None
    for number in range(2000):
        name = f"disk-{number}"
        try:
            ecs.create_cluster(clusterName=name, tags=filler)
        except (ClientError, BotoCoreError) as error:
            refusal = error
            break
        acknowledged.append(name)
    assert refusal is not None and len(acknowledged) > 10
    # It says why, takes no more writes, and ends or is not ready: a supervisor can tell.
    wait_until(
        lambda: not plane.process.is_running or plane.get("/readyz")[0] != 200, "it is known to be out of order", 10
    )
    assert any(word in plane.process.log().lower() for word in ("full", "enospc", "space")), plane.process.tail()
    if plane.process.is_running:
        with pytest.raises((ClientError, BotoCoreError)):
            ecs.create_cluster(clusterName="after")
        plane.kill()
    else:
        assert plane.process.exit_code == 1

    run(["mount", "-o", "remount,size=64m", small_disk])
    plane.start()
    ecs = plane.client()
    for start in range(0, len(acknowledged), 100):
        part = acknowledged[start : start + 100]
        found = ecs.describe_clusters(clusters=part, include=["TAGS"])
        assert found["failures"] == []
        assert all(len(cluster["tags"]) == 50 for cluster in found["clusters"])
    ecs.create_cluster(clusterName="again")
