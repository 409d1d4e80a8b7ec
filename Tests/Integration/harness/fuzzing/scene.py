"""What is there to be asked about: made through the API, again and again, since the fuzzer destroys as well."""

from botocore import xform_name
from botocore.exceptions import ClientError

from ..places import account, region
from ..tasks import container, register, register_instance, report, run_task

task_count = 4


def make_scene(ecs, cluster, done):
    """A cluster with instances, task definitions and tasks in several states, and an example of what else is `done`."""
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
    make_services(ecs, cluster, definition)
    for operation, parameters in examples(cluster, instances, tasks):
        if operation in done:
            _call(ecs, operation, parameters)


def make_services(ecs, cluster, definition):
    """Services in several states, one of them with task sets, and what can be asked about them."""
    here = {"cluster": cluster}
    count = {"taskDefinition": definition, "desiredCount": 2}
    service = ecs.create_service(
        **here, **count, serviceName="web", tags=[{"key": "a", "value": "b"}], clientToken="scene",
        placementStrategy=[{"type": "spread", "field": "attribute:zone"}], propagateTags="SERVICE",
        placementConstraints=[{"type": "memberOf", "expression": "attribute:zone == a"}],
        deploymentConfiguration={
            "minimumHealthyPercent": 50, "maximumPercent": 150,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )["service"]  # fmt: skip
    ecs.create_service(**here, serviceName="daemon", taskDefinition=definition, schedulingStrategy="DAEMON")
    ecs.create_service(**here, **count, serviceName="gone")
    ecs.delete_service(**here, service="gone", force=True)
    ecs.update_service(**here, service="web", taskDefinition=cluster, desiredCount=3, healthCheckGracePeriodSeconds=5)
    ecs.describe_services(**here, services=["web", "daemon", "gone"], include=["TAGS"])
    ecs.list_services(**here, launchType="EC2", schedulingStrategy="REPLICA", maxResults=1)
    ecs.update_cluster(**here, serviceConnectDefaults={"namespace": cluster})
    ecs.list_services_by_namespace(namespace=cluster)
    deployments = ecs.list_service_deployments(
        **here, service=service["serviceArn"], status=["IN_PROGRESS", "STOPPED"], maxResults=20
    )["serviceDeployments"]
    arns = [deployment["serviceDeploymentArn"] for deployment in deployments]
    ecs.describe_service_deployments(serviceDeploymentArns=arns)
    ecs.describe_service_revisions(serviceRevisionArns=[service["currentServiceRevisions"][0]["arn"]])
    ecs.stop_service_deployment(serviceDeploymentArn=arns[0], stopType="ABORT")
    ecs.update_service(**here, service="web", forceNewDeployment=True)
    ecs.create_service(**here, serviceName="sets", deploymentController={"type": "EXTERNAL"}, desiredCount=3)
    sets = here | {"service": "sets"}
    scale = {"value": 50, "unit": "PERCENT"}
    first, second = (
        ecs.create_task_set(**sets, taskDefinition=definition, scale=scale, externalId=name)["taskSet"]["taskSetArn"]
        for name in ("first", "second")
    )
    ecs.update_task_set(**sets, taskSet=first, scale=scale | {"value": 25})
    ecs.update_service_primary_task_set(**sets, primaryTaskSet=first)
    ecs.describe_task_sets(**sets, taskSets=[first, second], include=["TAGS"])
    ecs.delete_task_set(**sets, taskSet=second, force=True)


def _call(ecs, operation, parameters):
    try:
        getattr(ecs, xform_name(operation))(**parameters)
    except ClientError as error:
        # An operation may work before all that it can be asked does.
        if "is not supported by this version of Stevedore" not in str(error):
            raise


def examples(cluster, instances, tasks):
    """Good requests that the model alone does not tell how to make; each is the beginning of many bad ones."""
    here = {"cluster": cluster}
    groups = f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup:0:autoScalingGroupName"
    attribute = {"name": "rack", "targetType": "container-instance", "targetId": instances[0]}
    provider, gone = f"{cluster}-p", f"{cluster}-gone"
    return [
        ("DescribeTasks", here | {"tasks": tasks, "include": ["TAGS"]}),
        ("ListTasks", here | {"maxResults": 1}),
        ("ListTasks", here | {"serviceName": "web"}),
        ("ListTaskDefinitions", {"familyPrefix": cluster, "maxResults": 1}),
        ("DescribeClusters", {"clusters": [cluster], "include": ["TAGS", "STATISTICS", "SETTINGS", "CONFIGURATIONS"]}),
        ("UpdateCluster", here | {"settings": [{"name": "containerInsights", "value": "enabled"}]}),
        ("UpdateClusterSettings", here | {"settings": [{"name": "containerInsights", "value": "disabled"}]}),
        ("CreateCapacityProvider", {
            "name": provider, "autoScalingGroupProvider": {"autoScalingGroupArn": f"{groups}/{provider}"}}),
        ("CreateCapacityProvider", {
            "name": gone, "autoScalingGroupProvider": {"autoScalingGroupArn": f"{groups}/{gone}"}}),
        ("UpdateCapacityProvider", {"name": provider, "autoScalingGroupProvider": {
            "managedScaling": {"status": "DISABLED", "targetCapacity": 50}}}),
        ("DescribeCapacityProviders", {"capacityProviders": [provider, "FARGATE"], "include": ["TAGS"]}),
        ("DeleteCapacityProvider", {"capacityProvider": gone}),
        ("PutClusterCapacityProviders", here | {"capacityProviders": [provider, "FARGATE"],
            "defaultCapacityProviderStrategy": [{"capacityProvider": provider, "weight": 1, "base": 1}]}),
        ("PutAttributes", here | {"attributes": [attribute | {"value": "r1"}]}),
        ("ListAttributes", here | {"targetType": "container-instance", "attributeName": "rack"}),
        ("DeleteAttributes", here | {"attributes": [attribute]}),
        ("ListContainerInstances", here | {"filter": "attribute:zone == a and runningTasksCount >= 0"}),
        ("UpdateContainerInstancesState", here | {"containerInstances": instances[1:2], "status": "DRAINING"}),
        ("GetTaskProtection", here | {"tasks": tasks}),
        ("UpdateTaskProtection", here | {"tasks": tasks, "protectionEnabled": True, "expiresInMinutes": 60}),
        ("TagResource", {"resourceArn": tasks[0], "tags": [{"key": "stage", "value": "test"}]}),
        ("ListTagsForResource", {"resourceArn": tasks[0]}),
        ("UntagResource", {"resourceArn": tasks[0], "tagKeys": ["stage"]}),
        ("PutAccountSetting", {"name": "containerInsights", "value": "enabled"}),
        ("PutAccountSettingDefault", {"name": "taskLongArnFormat", "value": "enabled"}),
        ("ListAccountSettings", {"effectiveSettings": True, "name": "containerInsights"}),
        ("DeleteAccountSetting", {"name": "containerInsights"}),
        ("DeleteTaskDefinitions", {"taskDefinitions": [f"{cluster}:3"]}),
    ]  # fmt: skip
