import AWSModels
import AWSProtocol
import ControlPlaneState

/// What RunTask and StartTask have in common beside the task definition, checked.
struct TaskOptions: Sendable {
    let overrides: ECS.TaskOverride
    let group: String?
    let startedBy: String?
    private let requestTags: [ECS.Tag]
    private let propagatesTags: Bool
    private let addsManagedTags: Bool

    init(
        overrides: ECS.TaskOverride?, group: String?, startedBy: String?, startedByLimit: Int, tags: [ECS.Tag]?,
        propagateTags: ECS.PropagateTags?, enableECSManagedTags: Bool?
    ) throws(AWSError) {
        self.overrides = overrides ?? ECS.TaskOverride()
        try Self.check(self.overrides)
        if let group {
            guard (1...Limits.groupLength.value).contains(group.utf8.count) else {
                throw .invalidParameter("group must be 1 to \(Limits.groupLength.value) characters.")
            }
            guard !group.hasPrefix("service:") else {
                throw .invalidParameter("group must not start with service:, which is for the tasks of services.")
            }
        }
        self.group = group
        if let startedBy, !Names.isStartedBy(startedBy, limit: startedByLimit) {
            throw .invalidParameter(
                "startedBy must be at most \(startedByLimit) letters, digits, hyphens, underscores and slashes.")
        }
        self.startedBy = startedBy
        requestTags = try Tags.checked(tags)
        switch propagateTags {
        case nil, .noneValue?: propagatesTags = false
        case .taskDefinition?: propagatesTags = true
        default:
            throw .invalidParameter(
                "propagateTags should be one of [TASK_DEFINITION,NONE] for a task that no service started.")
        }
        addsManagedTags = enableECSManagedTags == true
    }

    /// Tags of the request win over those of the task definition; they are copied once, now.
    func tags(propagating definitionTags: [ECS.Tag], cluster: ClusterName) -> [ECS.Tag] {
        let given = Set(requestTags.compactMap(\.key))
        let propagated = propagatesTags ? definitionTags.filter { !given.contains($0.key ?? "") } : []
        let managed = addsManagedTags ? [ECS.Tag(key: "aws:ecs:clusterName", value: cluster.rawValue)] : []
        return requestTags + propagated + managed
    }

    private static func check(_ overrides: ECS.TaskOverride) throws(AWSError) {
        let unsupported: [(String, Bool)] = [
            ("cpu of the task", overrides.cpu?.isEmpty == false),
            ("memory of the task", overrides.memory?.isEmpty == false),
            ("taskRoleArn", overrides.taskRoleArn?.isEmpty == false),
            ("executionRoleArn", overrides.executionRoleArn?.isEmpty == false),
            ("ephemeralStorage", overrides.ephemeralStorage != nil),
            ("inferenceAcceleratorOverrides", overrides.inferenceAcceleratorOverrides?.isEmpty == false),
        ]
        for (name, isGiven) in unsupported where isGiven { throw .notSupportedYet("An override of \(name)") }
        var seen: Set<String> = []
        for container in overrides.containerOverrides ?? [] { try check(container, &seen) }
        guard try ShapeJSON.size(of: overrides) <= Limits.overridesBytes.value else {
            throw .invalidParameter("Overrides can be at most \(Limits.overridesBytes.value) characters of JSON.")
        }
    }

    private static func check(_ container: ECS.ContainerOverride, _ seen: inout Set<String>) throws(AWSError) {
        let name = container.name ?? ""
        guard seen.insert(name).inserted else {
            throw .invalidParameter("There is more than one override for the container named \(name.prefix(255)).")
        }
        if container.resourceRequirements?.isEmpty == false {
            throw .notSupportedYet("An override of resourceRequirements")
        }
        if container.environmentFiles?.isEmpty == false { throw .notSupportedYet("An override of environmentFiles") }
        try TaskDefinitionRule.check(override: container)
    }
}
