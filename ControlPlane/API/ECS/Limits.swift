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
    static let gpusPerContainer = Limit(1024, "GPUs", source: "ours: more than any host has")
    static let secretNameLength = Limit(512, "characters", source: "Secrets Manager quotas, Secret name size")
    static let parameterNameLength = Limit(
        1011, "characters", source: "Systems Manager API Reference, PutParameter Name")
    static let roleNameLength = Limit(64, "characters", source: "IAM API Reference, Role RoleName")
    static let volumesConfiguredAtLaunch = Limit(1, "volumes", source: "API Reference, Volume configuredAtLaunch")
    static let ephemeralStorageLeast = Limit(21, "GiB", source: "API Reference, EphemeralStorage sizeInGiB")
    static let ephemeralStorageMost = Limit(200, "GiB", source: "API Reference, EphemeralStorage sizeInGiB")
    static let placementConstraints = Limit(
        10, "constraints", source: "API Reference, RegisterTaskDefinition placementConstraints")
    static let placementExpressionLength = Limit(
        2000, "characters", source: "API Reference, PlacementConstraint expression")

    // MARK: Tasks

    static let tasksPerRunTask = Limit(10, "tasks", source: "API Reference, RunTask count")
    static let instancesPerStartTask = Limit(
        10, "container instances", source: "API Reference, StartTask containerInstances")
    static let overridesBytes = Limit(8192, "characters of JSON", source: "API Reference, TaskOverride")
    static let groupLength = Limit(255, "characters", source: "API Reference, Task group")

    // MARK: Container instances

    static let attributesPerInstance = Limit(
        10, "custom attributes of a container instance", source: "API Reference, PutAttributes attributes")

    // MARK: Lists and tags

    static let describedPerCall = Limit(
        100, "items of a Describe call's list", source: "API Reference, DescribeClusters, DescribeTasks, …")
    static let pageSize = Limit(100, "items of a page", source: "API Reference, maxResults of the List operations")
    static let tagsPerResource = Limit(50, "tags", source: "API Reference, Tag; tags that start with aws: do not count")
}
