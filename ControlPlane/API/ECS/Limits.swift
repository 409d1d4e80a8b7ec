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

    // MARK: Tasks

    static let tasksPerRunTask = Limit(10, "tasks", source: "API Reference, RunTask count")
    static let instancesPerStartTask = Limit(
        10, "container instances", source: "API Reference, StartTask containerInstances")
    static let overridesBytes = Limit(8192, "characters of JSON", source: "API Reference, TaskOverride")
    static let groupLength = Limit(255, "characters", source: "API Reference, Task group")

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
