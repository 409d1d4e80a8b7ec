"""Requests made from ECS's model and then spoilt: never a 5xx, never a hang, always a well-formed AWS error, and a
refusal changes nothing.

STEVEDORE_FUZZ_SEED repeats a run (but for the ids that the control plane gives out); STEVEDORE_FUZZ_INPUTS says how
many requests it is.
"""

import json
import os
import random

import pytest

from harness.fuzzing.campaign import Campaign, ServerEnded, connections, open_files
from harness.fuzzing.judgement import Judge
from harness.signing import Answer
from harness.waiting import wait_until

inputs = int(os.environ.get("STEVEDORE_FUZZ_INPUTS", "30000"))
seed = int(os.environ.get("STEVEDORE_FUZZ_SEED") or random.SystemRandom().randrange(2**32))
#: From here on chance reaches every operation.
enough = 10_000
#: No host of one's own has an agent that the control plane could update.
always_refused = {"UpdateContainerAgent"}
#: How much more memory the process may hold after the run: what was accepted, and nothing of what was refused.
memory_growth_mib = 150


def test_any_request_is_answered_as_aws_would(workshop, capsys):
    plane = workshop.control_plane(auth="off", arguments=["--log-level", "error"])
    idle_files = open_files(plane.process)
    campaign = Campaign(plane, seed, inputs)
    memory = plane.process.resident_memory_kib()
    try:
        report = campaign.run()
    except ServerEnded as error:
        pytest.fail(f"seed {seed}: {error}\n{shown(campaign.report, plane)}\n{plane.process.tail()}", pytrace=False)
    with capsys.disabled():
        print(f"\n{report.line()} (store compared after {report.compared})")
    if report.failures:
        pytest.fail(f"{report.line()}\n{shown(report, plane)}", pytrace=False)
    assert plane.process.is_running
    assert report.compared > report.refused * 0.7
    if inputs >= enough:
        assert set(report.operations) == set(plane.client().meta.service_model.operation_names)
        assert campaign.never_accepted() <= always_refused, "add an example to harness/fuzzing/scene.py"
    wait_until(lambda: open_files(plane.process) <= idle_files + connections, "connections closed", 10)
    grown = (plane.process.resident_memory_kib() - memory) / 1024
    assert grown < memory_growth_mib, f"{grown:.0f} MiB more than before"
    assert_restarts_with_the_same_state(plane)


def assert_restarts_with_the_same_state(plane):
    """Whatever was let in can be read back. Services are kept meanwhile: tasks may come, and none may be lost."""
    before = visible(plane)
    plane.stop()
    plane.start()
    after = visible(plane)
    assert before.pop("tasks") <= after.pop("tasks")
    assert after == before


#: What changes of a service though nobody asks for anything.
kept_by_the_scheduler = {
    "deployments", "taskSets", "events", "desiredCount", "runningCount", "pendingCount", "taskDefinition",
    "currentServiceRevisions", "currentServiceDeployment",
}  # fmt: skip


def visible(plane):
    ecs = plane.client()
    clusters = sorted(ecs.get_paginator("list_clusters").paginate().build_full_result()["clusterArns"])
    definitions = ecs.get_paginator("list_task_definitions")
    tasks = ecs.get_paginator("list_tasks")
    services = ecs.get_paginator("list_services")
    names = {
        cluster: services.paginate(cluster=cluster).build_full_result()["serviceArns"] for cluster in clusters
    }
    return {
        "clusters": clusters,
        "definitions": [
            definitions.paginate(status=status).build_full_result() for status in ("ACTIVE", "INACTIVE")
        ],
        "services": [
            {name: value for name, value in service.items() if name not in kept_by_the_scheduler}
            for cluster, arns in names.items()
            for start in range(0, len(arns), 10)
            for service in ecs.describe_services(
                cluster=cluster, services=arns[start : start + 10], include=["TAGS"]
            )["services"]
        ],
        "tasks": {
            arn
            for cluster in clusters
            for status in ("RUNNING", "STOPPED")
            for arn in tasks.paginate(cluster=cluster, desiredStatus=status).build_full_result()["taskArns"]
        },
    }  # fmt: skip


def shown(report, plane):
    """Each kind of failure once, with what it takes to see it again."""
    parts = []
    for (operation, _), failure in report.failures.items():
        answer = failure.answer
        told = f"\n    answer: {answer.status} {answer.body[:600]!r}" if answer else ""
        parts.append(
            f"{operation}: {failure.problem}{told}\n    input {failure.input.number}: "
            f"{failure.input.replay(plane.url, plane.directory)}"
        )
    return f"STEVEDORE_FUZZ_SEED={report.seed}\n" + "\n".join(parts)


# --- The judge itself: one that lets everything pass proves nothing.

headers = {"x-amzn-requestid": "1", "content-type": "application/x-amz-json-1.1"}


@pytest.mark.parametrize(
    "operation, status, body, problem",
    [
        ("ListClusters", 200, {"clusterArns": ["a"]}, None),
        ("ListClusters", 200, {"clusterArns": [1]}, "not string"),
        ("ListClusters", 200, {"clusterArns": ["a"], "more": 1}, "the model lacks"),
        ("ListClusters", 200, [], "no JSON object"),
        ("ListClusters", 200, b"{", "no JSON"),
        ("ListClusters", 200, b'{"clusterArns":["\xff"]}', "no JSON"),
        ("DescribeTasks", 200, {"tasks": [{"createdAt": NotImplemented}]}, "no JSON"),
        ("DescribeTasks", 200, {"tasks": [{"createdAt": "now"}]}, "not timestamp"),
        ("DescribeTasks", 200, {"tasks": [{"launchType": "ROCKET"}]}, "enumeration"),
        ("DescribeTasks", 200, {"tasks": [{"version": True}]}, "not long"),
        ("CreateService", 200, {}, "does not have the operation"),
        ("ListClusters", 500, {"__type": "ServerException", "message": "m"}, "status 500"),
        ("ListClusters", 404, {"__type": "ClientException", "message": "m"}, "status 404"),
        ("ListClusters", 400, {"__type": "ClientException", "message": "m"}, None),
        ("ListClusters", 400, {"__type": "SerializationException", "Message": "m"}, None),
        ("ListClusters", 400, {"__type": "ClientException", "message": " "}, "without a message"),
        ("ListClusters", 400, {"__type": "ClientException", "message": "m" * 10_000}, "10000 characters"),
        ("ListClusters", 400, {"message": "m"}, "without __type"),
        ("ListClusters", 400, {"__type": "ClusterNotFoundException", "message": "m"}, "does not declare"),
        ("ListTasks", 400, {"__type": "x#ClusterNotFoundException", "message": "m"}, None),
        ("ListTasks", 400, {"__type": "UnsupportedFeatureException", "message": "m"}, "does not declare"),
        ("CreateService", 400, {"__type": "UnsupportedFeatureException", "message": "m"}, None),
        ("ListTasks", 413, {"__type": "RequestEntityTooLargeException", "message": "m"}, None),
        ("ListTasks", 413, {"__type": "ClientException", "message": "m"}, "does not declare"),
    ],
    ids=lambda value: str(value)[:24] if not isinstance(value, str) else value,
)
def test_the_judge(ecs, operation, status, body, problem):
    judge = Judge(ecs.meta.service_model, {"ListClusters", "DescribeTasks", "ListTasks"})
    text = body if isinstance(body, bytes) else json.dumps(body, default=lambda _: float("nan")).encode()
    found = judge.problems(operation, Answer(status, headers, text))
    assert (problem is None and found == []) or any(problem in sentence for sentence in found), found


@pytest.mark.parametrize("missing", headers)
def test_the_judge_wants_headers(ecs, missing):
    judge = Judge(ecs.meta.service_model, {"ListClusters"})
    fewer = {name: value for name, value in headers.items() if name != missing}
    assert judge.problems("ListClusters", Answer(200, fewer, b"{}")) != []
