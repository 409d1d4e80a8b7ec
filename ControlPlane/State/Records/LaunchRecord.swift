package import AWSModels
package import FoundationEssentials
import Synchronization

/// What the tasks of one launch have in common: kept once, however many there are. It never changes; a task of which
/// something here is changed gets a launch of its own.
package final class LaunchRecord: Sendable {
    /// What it is filed under.
    package struct ID: Hashable, Sendable {
        /// Drawn for the launch, or that of the one task that it belongs to.
        var sequence: Int
        /// Whether it is one task's own.
        var isOwn: Bool
    }

    package let id: ID
    package let cluster: ClusterName
    package let taskDefinition: TaskDefinitionID
    package let group: String
    package let startedBy: String?
    package let launchType: TaskRecord.LaunchType
    package let capacityProviderName: String?
    /// Task level, in the API's own decimal strings; nil where neither definition nor overrides have one.
    package let cpu: String?
    package let memory: String?
    package let tags: [ECS.Tag]
    /// What RunTask or StartTask said; nil is false.
    package let enableExecuteCommand: Bool?
    package let createdAt: Moment
    /// In the order of the task definition.
    package let containers: [LaunchedContainer]
    let storedOverrides: StoredOverrides
    /// `taskRoleArn` of the overrides.
    package let taskRoleOverride: String?
    /// The deployment or task set that started the tasks; nil for tasks of no service. Only services start tasks in
    /// their groups.
    package let deployment: DeploymentID?

    /// As the request had them, or as the store has them: those of a task that was loaded are seldom looked at.
    enum StoredOverrides: Sendable {
        case shape(ECS.TaskOverride)
        case json([UInt8])
    }

    package var overrides: ECS.TaskOverride {
        switch storedOverrides {
        case .shape(let overrides): overrides
        case .json(let bytes): LaunchCoding.overrides(bytes)
        }
    }

    /// - Parameter sequence: a number of its own, less than those of its tasks.
    package convenience init(
        sequence: Int, cluster: ClusterName, taskDefinition: TaskDefinitionID, group: String, startedBy: String?,
        launchType: TaskRecord.LaunchType, capacityProviderName: String?, overrides: ECS.TaskOverride, cpu: String?,
        memory: String?, containers: [LaunchedContainer], createdAt: Date, tags: [ECS.Tag], enableExecuteCommand: Bool
    ) {
        self.init(
            Values(
                id: ID(sequence: sequence, isOwn: false), cluster: cluster, taskDefinition: taskDefinition,
                group: group, startedBy: startedBy, launchType: launchType,
                capacityProviderName: capacityProviderName, overrides: .shape(overrides), cpu: cpu, memory: memory,
                tags: tags, enableExecuteCommand: enableExecuteCommand, createdAt: Moment(createdAt),
                containers: containers))
    }

    init(_ values: Values) {
        id = values.id
        cluster = values.cluster
        taskDefinition = values.taskDefinition
        group = values.group
        startedBy = values.startedBy
        launchType = values.launchType
        capacityProviderName = values.capacityProviderName
        cpu = values.cpu
        memory = values.memory
        tags = values.tags
        enableExecuteCommand = values.enableExecuteCommand
        createdAt = values.createdAt
        containers = values.containers
        storedOverrides = values.overrides
        deployment = values.group.hasPrefix("service:") ? values.startedBy.flatMap { DeploymentID($0) } : nil
        taskRoleOverride =
            switch values.overrides {
            case .shape(let shape): shape.taskRoleArn
            case .json: values.taskRoleOverride
            }
    }

    /// The same, as variables.
    struct Values {
        var id: ID
        var cluster: ClusterName
        var taskDefinition: TaskDefinitionID
        var group: String
        var startedBy: String?
        var launchType: TaskRecord.LaunchType
        var capacityProviderName: String?
        var overrides: StoredOverrides
        var cpu: String?
        var memory: String?
        var tags: [ECS.Tag]
        var enableExecuteCommand: Bool?
        var createdAt: Moment
        var containers: [LaunchedContainer]
        /// Of overrides that are as the store has them.
        var taskRoleOverride: String?
    }

    var values: Values {
        Values(
            id: id, cluster: cluster, taskDefinition: taskDefinition, group: group, startedBy: startedBy,
            launchType: launchType, capacityProviderName: capacityProviderName, overrides: storedOverrides, cpu: cpu,
            memory: memory, tags: tags, enableExecuteCommand: enableExecuteCommand, createdAt: createdAt,
            containers: containers, taskRoleOverride: taskRoleOverride)
    }
}

extension LaunchRecord.ID {
    /// In the order of the sequence numbers, so that a store that sorts by key has neighbours side by side.
    var storeKey: String { SequenceKey.text(sequence) + (isOwn ? "o" : "") }

    init?(storeKey: some StringProtocol) {
        isOwn = storeKey.hasSuffix("o")
        guard let sequence = Int(isOwn ? storeKey.dropLast() : storeKey[...], radix: 16) else { return nil }
        self.sequence = sequence
    }
}

/// Numbers as texts of one length, so that their order as texts is their order.
enum SequenceKey {
    static func text(_ sequence: Int) -> String {
        let digits = String(sequence, radix: 16)
        return String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
    }
}

/// What a container of a launch is in each of its tasks.
package final class LaunchedContainer: Sendable, Equatable {
    package let name: String
    package let image: String
    package let isEssential: Bool
    /// As the API shows them: decimal strings, `cpu` "0" where the definition has none.
    package let cpu: String
    package let memory: String?
    package let memoryReservation: String?

    package init(
        name: String, image: String, isEssential: Bool, cpu: String, memory: String?, memoryReservation: String?
    ) {
        self.name = name
        self.image = image
        self.isEssential = isEssential
        self.cpu = cpu
        self.memory = memory
        self.memoryReservation = memoryReservation
    }

    package static func == (left: LaunchedContainer, right: LaunchedContainer) -> Bool {
        left === right
            || left.name == right.name && left.image == right.image && left.isEssential == right.isEssential
                && left.cpu == right.cpu && left.memory == right.memory
                && left.memoryReservation == right.memoryReservation
    }
}

extension LaunchRecord: Equatable {
    package static func == (left: LaunchRecord, right: LaunchRecord) -> Bool {
        left === right
            || left.cluster == right.cluster && left.taskDefinition == right.taskDefinition
                && left.group == right.group && left.startedBy == right.startedBy
                && left.launchType == right.launchType && left.capacityProviderName == right.capacityProviderName
                && left.cpu == right.cpu && left.memory == right.memory && left.tags == right.tags
                && left.enableExecuteCommand == right.enableExecuteCommand && left.createdAt == right.createdAt
                && left.containers == right.containers && left.overrides == right.overrides
    }
}
