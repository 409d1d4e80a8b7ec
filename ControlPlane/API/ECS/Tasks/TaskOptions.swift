import AWSModels
import AWSProtocol
import ControlPlaneState

/// What RunTask and StartTask have in common beside the task definition and where it runs, checked.
struct TaskOptions: Sendable {
    let overrides: ECS.TaskOverride
    let group: String?
    let startedBy: String?
    let enableExecuteCommand: Bool
    private let requestTags: [ECS.Tag]
    private let propagatesTags: Bool
    private let addsManagedTags: Bool
    /// Of the service that starts the task.
    private let serviceName: String?

    init(_ input: ECS.RunTaskRequest) throws(AWSError) {
        try self.init(
            overrides: input.overrides, group: input.group, startedBy: input.startedBy,
            startedByLimit: Limits.startedByLengthOfRunTask, tags: input.tags, propagateTags: input.propagateTags,
            enableECSManagedTags: input.enableECSManagedTags, enableExecuteCommand: input.enableExecuteCommand,
            referenceID: input.referenceId)
    }

    init(_ input: ECS.StartTaskRequest) throws(AWSError) {
        try self.init(
            overrides: input.overrides, group: input.group, startedBy: input.startedBy,
            startedByLimit: Limits.startedByLengthOfStartTask, tags: input.tags, propagateTags: input.propagateTags,
            enableECSManagedTags: input.enableECSManagedTags, enableExecuteCommand: input.enableExecuteCommand,
            referenceID: input.referenceId)
    }

    /// Of a deployment or task set of a service.
    init(_ service: ServiceRecord, deployment: DeploymentID) {
        overrides = ECS.TaskOverride()
        group = service.id.taskGroup
        startedBy = deployment.description
        enableExecuteCommand = service.configuration.enableExecuteCommand
        requestTags = service.configuration.propagateTags == .service ? service.tags : []
        propagatesTags = service.configuration.propagateTags == .taskDefinition
        addsManagedTags = service.configuration.enableECSManagedTags
        serviceName = service.id.name
    }

    /// - Parameter referenceID: a label of AWS's own that no response shows; only its length matters.
    private init(
        overrides: ECS.TaskOverride?, group: String?, startedBy: String?, startedByLimit: Limit, tags: [ECS.Tag]?,
        propagateTags: ECS.PropagateTags?, enableECSManagedTags: Bool?, enableExecuteCommand: Bool?,
        referenceID: String?
    ) throws(AWSError) {
        self.overrides = overrides ?? ECS.TaskOverride()
        self.group = try group.given.map(Self.checked(group:))
        if let startedBy, !Names.isStartedBy(startedBy, limit: startedByLimit.value) {
            throw .invalidParameter(
                "startedBy must be at most \(startedByLimit.value) characters, none of them a control character.")
        }
        self.startedBy = startedBy.given
        if let referenceID, referenceID.unicodeScalars.count > Limits.referenceIDLength.value {
            throw .invalidParameter("referenceId must be at most \(Limits.referenceIDLength.value) characters.")
        }
        requestTags = try Tags.checked(tags)
        switch propagateTags {
        case nil, .noneValue?: propagatesTags = false
        case .taskDefinition?: propagatesTags = true
        default:
            throw .invalidParameter(
                "propagateTags should be one of [TASK_DEFINITION,NONE] for a task that no service started.")
        }
        addsManagedTags = enableECSManagedTags == true
        serviceName = nil
        self.enableExecuteCommand = enableExecuteCommand == true
    }

    private static func checked(group: String) throws(AWSError) -> String {
        guard group.unicodeScalars.count <= Limits.groupLength.value else {
            throw .invalidParameter("group must be 1 to \(Limits.groupLength.value) characters.")
        }
        guard !group.hasPrefix("service:") else {
            throw .invalidParameter("group must not start with service:, which is for the tasks of services.")
        }
        return group
    }

    /// Tags of the request win over those of the task definition; they are copied once, now.
    ///
    /// - Throws: InvalidParameterException if both together are more than a resource can have.
    func tags(propagating definitionTags: [ECS.Tag], cluster: ClusterName) throws(AWSError) -> [ECS.Tag] {
        let given = Set(requestTags.compactMap(\.key))
        let propagated = propagatesTags ? definitionTags.filter { !given.contains($0.key ?? "") } : []
        let own = requestTags + propagated
        guard own.count <= Limits.tagsPerResource.value else {
            throw .invalidParameter(
                "A resource can have at most \(Limits.tagsPerResource.value) tags; the request and the task definition "
                    + "have \(own.count) together.")
        }
        guard addsManagedTags else { return own }
        let ofService = serviceName.map { [ECS.Tag(key: "aws:ecs:serviceName", value: $0)] } ?? []
        return own + [ECS.Tag(key: "aws:ecs:clusterName", value: cluster.rawValue)] + ofService
    }
}
