import AWSProtocol

/// One number that requests must keep: how many of what, and who says so.
struct Limit: Sendable {
    let value: Int
    /// What is counted: items of which list, or the unit of a quantity.
    let unit: String
    let source: String

    init(_ value: Int, _ unit: String, source: String) {
        self.value = value
        self.unit = unit
        self.source = source
    }

    /// - Throws: InvalidParameterException if a list has more items.
    func check(_ count: Int, of field: String) throws(AWSError) {
        guard count <= value else { throw .invalidParameter("\(field) can have at most \(value) items.") }
    }
}

/// Every limit of the ECS API that is not in its service model, in one place.
enum Limits {
    // MARK: Clusters

    static let clusters = Limit(10_000, "clusters", source: "Amazon ECS service quotas, Clusters per account")
    static let capacityProvidersPerCluster = Limit(
        20, "capacity providers", source: "Amazon ECS service quotas, Capacity providers per cluster")
    static let namespaceLength = Limit(
        1024, "characters of a namespace's name", source: "API Reference, ClusterServiceConnectDefaultsRequest")
    static let logGroupNameLength = Limit(
        512, "characters of a log group's name", source: "CloudWatch Logs API Reference, CreateLogGroup")
    static let s3KeyPrefixLength = Limit(1024, "bytes of a key", source: "Amazon S3 User Guide, Naming objects")
    static let kmsKeyIDLength = Limit(2048, "characters of a key's ID", source: "AWS KMS API Reference, DescribeKey")

    // MARK: Capacity providers

    static let capacityProviderPage = Limit(
        10, "items of a page", source: "API Reference, DescribeCapacityProviders maxResults")
    static let autoScalingGroupNameLength = Limit(
        255, "characters of an Auto Scaling group's name",
        source: "Amazon EC2 Auto Scaling API Reference, CreateAutoScalingGroup")

    // MARK: Account settings

    static let accountSettingsPage = Limit(
        10, "items of a page", source: "API Reference, ListAccountSettings maxResults")
    static let principalARNLength = Limit(2048, "characters", source: "IAM API Reference, arnType")

    // MARK: Task definitions

    static let containersPerTaskDefinition = Limit(
        10, "containers", source: "Amazon ECS service quotas, Containers per task definition")
    static let taskDefinitionBytes = Limit(
        65_536, "bytes of JSON", source: "Amazon ECS service quotas, Task definition size")
    static let revisionsPerFamily = Limit(
        1_000_000, "revisions", source: "Amazon ECS service quotas, Revisions per task definition family")
    static let imageNameLength = Limit(
        255, "characters before a digest", source: "API Reference, ContainerDefinition image")
    static let taskCPULeast = Limit(128, "CPU units", source: "API Reference, RegisterTaskDefinition cpu")
    static let taskCPUMost = Limit(196_608, "CPU units", source: "API Reference, RegisterTaskDefinition cpu")
    static let containerCPU = Limit(1_048_576, "CPU units", source: "ours: 1024 vCPUs, more than any host has")
    static let containerMemory = Limit(6, "MiB at least", source: "API Reference, ContainerDefinition memory")
    static let containerMemoryMost = Limit(1_073_741_824, "MiB", source: "ours: 1 PiB, more than any host has")
    static let containerTimeout = Limit(
        86_400, "seconds", source: "ours: a day; ECS names no end for startTimeout and stopTimeout on EC2")
    static let fargateTimeoutLeast = Limit(2, "seconds", source: "API Reference, ContainerDefinition stopTimeout")
    static let fargateTimeoutMost = Limit(120, "seconds", source: "API Reference, ContainerDefinition stopTimeout")
    static let restartAttemptPeriodLeast = Limit(60, "seconds", source: "API Reference, ContainerRestartPolicy")
    static let restartAttemptPeriodMost = Limit(1800, "seconds", source: "API Reference, ContainerRestartPolicy")
    static let ignoredExitCodesPerContainer = Limit(50, "exit codes", source: "API Reference, ContainerRestartPolicy")
    static let environmentFilesPerContainer = Limit(
        10, "files", source: "API Reference, ContainerDefinition environmentFiles")
    static let portRangesPerContainer = Limit(
        100, "port ranges", source: "API Reference, PortMapping containerPortRange")
    static let portNameLength = Limit(64, "characters", source: "API Reference, PortMapping name")
    static let hostNameLength = Limit(253, "characters", source: "RFC 1035, 2.3.4")
    static let credentialSpecsPerContainer = Limit(
        1, "credential specs", source: "API Reference, ContainerDefinition credentialSpecs")
    static let gpusPerInstance = Limit(1024, "GPUs", source: "ours: more than any host has")
    static let deviceIDLength = Limit(128, "characters", source: "ours: longer than any id of NVIDIA's tools")
    static let gpusPerContainer = Limit(1024, "GPUs", source: "ours: more than any host has")
    static let secretNameLength = Limit(512, "characters", source: "Secrets Manager quotas, Secret name size")
    static let parameterNameLength = Limit(
        1011, "characters", source: "Systems Manager API Reference, PutParameter Name")
    static let roleNameLength = Limit(64, "characters", source: "IAM API Reference, Role RoleName")
    static let volumesConfiguredAtLaunch = Limit(1, "volumes", source: "API Reference, Volume configuredAtLaunch")
    static let ephemeralStorageLeast = Limit(21, "GiB", source: "API Reference, EphemeralStorage sizeInGiB")
    static let ephemeralStorageMost = Limit(200, "GiB", source: "API Reference, EphemeralStorage sizeInGiB")
    static let definitionsPerDelete = Limit(
        10, "task definitions", source: "API Reference, DeleteTaskDefinitions taskDefinitions")

    // MARK: Tasks

    static let tasksPerRunTask = Limit(10, "tasks", source: "API Reference, RunTask count")
    static let instancesPerStartTask = Limit(
        10, "container instances", source: "API Reference, StartTask containerInstances")
    static let overridesBytes = Limit(8192, "characters of JSON", source: "API Reference, TaskOverride")
    static let groupLength = Limit(255, "characters", source: "API Reference, Task group")
    static let startedByLengthOfRunTask = Limit(128, "characters", source: "API Reference, RunTask startedBy")
    static let startedByLengthOfStartTask = Limit(36, "characters", source: "API Reference, StartTask startedBy")
    static let referenceIDLength = Limit(1024, "characters", source: "API Reference, RunTask referenceId")
    static let clientTokenLength = Limit(64, "characters", source: "API Reference, RunTask clientToken")
    static let stopReasonLength = Limit(
        1024, "characters; more is cut off", source: "API Reference, Container reason; StopTask names none")
    static let tasksPerListTasksScan = Limit(
        10_000, "tasks looked at for one page; a shorter page then has a token",
        source: "our own: what the writer's lock is held for")

    // MARK: Where tasks run

    static let capacityProvidersPerStrategy = Limit(
        20, "items of a capacity provider strategy", source: "API Reference, RunTask capacityProviderStrategy")
    static let subnetsPerTask = Limit(16, "subnets", source: "API Reference, AwsVpcConfiguration subnets")
    static let securityGroupsPerTask = Limit(
        5, "security groups", source: "API Reference, AwsVpcConfiguration securityGroups")
    static let placementConstraintsPerTask = Limit(
        10, "constraints of task definition and request together",
        source: "API Reference, RunTask placementConstraints")
    static let placementStrategiesPerTask = Limit(
        5, "placement strategies", source: "API Reference, RunTask placementStrategy")
    static let placementExpressionLength = Limit(
        2000, "characters", source: "API Reference, PlacementConstraint expression")

    // MARK: Services

    static let servicesPerCluster = Limit(
        5000, "services", source: "Amazon ECS service quotas, Services per cluster")
    static let tasksPerService = Limit(5000, "tasks", source: "Amazon ECS service quotas, Tasks per service")
    static let servicesPerDescribe = Limit(10, "services", source: "API Reference, DescribeServices services")
    static let servicesPageByDefault = Limit(
        10, "items of a page where maxResults does not say", source: "API Reference, ListServices maxResults")
    static let serviceClientTokenLength = Limit(36, "characters", source: "API Reference, CreateService clientToken")
    static let serviceDeploymentsPerDescribe = Limit(
        20, "service deployments or revisions", source: "API Reference, DescribeServiceDeployments")
    static let serviceDeploymentsPageByDefault = Limit(
        20, "items of a page where maxResults does not say", source: "API Reference, ListServiceDeployments maxResults")
    static let taskSetsPerService = Limit(
        5, "task sets", source: "Amazon ECS service quotas; ECS scheduling rules, 4.5")
    static let externalIDLength = Limit(
        255, "characters", source: "ours: ECS names no end for CreateTaskSet externalId")

    // MARK: Task protection

    static let tasksPerGetTaskProtection = Limit(100, "tasks", source: "API Reference, GetTaskProtection tasks")
    static let tasksPerUpdateTaskProtection = Limit(10, "tasks", source: "API Reference, UpdateTaskProtection tasks")
    static let protectionMinutes = Limit(
        2880, "minutes at most, from 1 on", source: "API Reference, UpdateTaskProtection expiresInMinutes")
    static let protectionMinutesByDefault = Limit(
        120, "minutes", source: "API Reference, UpdateTaskProtection expiresInMinutes")

    // MARK: Container instances

    static let attributesPerInstance = Limit(
        10, "custom attributes of a container instance", source: "API Reference, PutAttributes attributes")
    static let attributesPerCall = Limit(
        10, "attributes", source: "API Reference, PutAttributes and DeleteAttributes attributes")
    static let attributeLength = Limit(128, "characters of a name or value", source: "API Reference, Attribute")
    static let instancesPerStateUpdate = Limit(
        10, "container instances", source: "API Reference, UpdateContainerInstancesState containerInstances")
    static let lookedAtPerCall = Limit(
        1000, "items that a List call with a filter looks at", source: "ours: it holds the state for a few ms")
    static let filterStepsPerCall = Limit(
        200_000, "steps of evaluating the filter of a List call, after which its page ends",
        source: "ours: it holds the state for about 10 ms")
    static let filterStepsPerInstance = Limit(
        1_000_000, "steps of evaluating a filter for one container instance", source: "ours: about 50 ms")

    // MARK: Lists and tags

    static let describedPerCall = Limit(
        100, "items of a Describe call's list", source: "API Reference, DescribeClusters, DescribeTasks, …")
    static let pageSize = Limit(100, "items of a page", source: "API Reference, maxResults of the List operations")
    static let tagsPerResource = Limit(50, "tags", source: "API Reference, Tag; tags that start with aws: do not count")
}
