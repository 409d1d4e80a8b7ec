"""What is there to be asked about: made through the API, again and again, since the fuzzer destroys as well."""

from ..tasks import container, register, register_instance, report, run_task

task_count = 4


def make_scene(ecs, cluster):
    """A cluster with instances, task definitions and tasks in several states."""
    ecs.create_cluster(clusterName=cluster, tags=[{"key": "team", "value": "a"}])
    for zone in ("a", "b"):
        register_instance(
            ecs, cluster, cpu=1_000_000, memory=1_000_000, attributes=[{"name": "zone", "value": zone}],
            tags=[{"key": "zone", "value": zone}],
        )  # fmt: skip
    web = container("web", cpu=10, memory=64, environment=[{"name": "A", "value": "b"}], portMappings=[
        {"containerPort": 80, "hostPort": 0, "protocol": "tcp"},
    ])  # fmt: skip
    side = container("side", essential=False, command=["sleep", "1"], dockerLabels={"a": "b"})
    register(ecs, container(), family=cluster)
    register(ecs, web, side, family=cluster, networkMode="bridge", tags=[{"key": "k", "value": "v"}])
    ecs.deregister_task_definition(taskDefinition=register(ecs, container(), family=cluster))
    definition = register(ecs, web, family=f"{cluster}-b")
    tasks = [
        run_task(ecs, definition, cluster, startedBy="scene", tags=[{"key": "n", "value": str(number)}])
        for number in range(task_count)
    ]
    report(ecs, tasks[0], "RUNNING", cluster, containers=[{"containerName": "web", "status": "RUNNING"}])
    ecs.stop_task(cluster=cluster, task=tasks[1], reason="scene")
    report(ecs, tasks[1], "STOPPED", cluster, containers=[{"containerName": "web", "status": "STOPPED", "exitCode": 1}])
    instances = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    ecs.start_task(cluster=cluster, taskDefinition=cluster, containerInstances=instances[:1])
    ecs.describe_tasks(cluster=cluster, tasks=tasks, include=["TAGS"])
    ecs.list_tasks(cluster=cluster, maxResults=1)
    ecs.list_task_definitions(familyPrefix=cluster, maxResults=1)
    ecs.describe_clusters(clusters=[cluster], include=["TAGS", "STATISTICS"])
