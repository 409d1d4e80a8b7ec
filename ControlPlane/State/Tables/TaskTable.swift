package import FoundationEssentials
package import Placement

/// Tasks by id, and every order and count that operations ask for, kept up to date with each change.
package struct TaskTable: Sendable {
    /// What ListTasks can select by, each within a cluster and a desired status.
    package enum Filter: Hashable, Sendable {
        case all
        case containerInstance(ContainerInstanceID)
        case family(String)
        case startedBy(String)
        case group(String)
        /// By the API's name: one that no task can have selects nothing.
        case launchType(String)
    }

    private struct CountKey: Hashable {
        var cluster: ClusterName
        var launchType: TaskRecord.LaunchType
        var status: TaskStatus
    }

    private struct CapacityProviderKey: Hashable {
        var cluster: ClusterName
        var name: String
    }

    private struct InstanceCountKey: Hashable {
        var containerInstance: ContainerInstanceID
        var status: TaskStatus
    }

    /// A stopped task's place in the queue of those to be forgotten.
    package struct StoppedKey: Comparable, Hashable, Sendable {
        package var stoppedAt: Date
        package var sequence: Int

        package static func < (left: Self, right: Self) -> Bool {
            left.stoppedAt == right.stoppedAt ? left.sequence < right.sequence : left.stoppedAt < right.stoppedAt
        }
    }

    private var rows = TaskRows()
    private var selections = TaskSelections()
    /// Tasks of an instance that are not STOPPED: what its agent is told about.
    private var assigned = SecondaryIndex<ContainerInstanceID, Int>()
    private var countByCluster: [CountKey: Int] = [:]
    private var countByInstance: [InstanceCountKey: Int] = [:]
    /// Tasks that are not STOPPED, by the capacity provider they run under.
    private var countByCapacityProvider: [CapacityProviderKey: Int] = [:]
    private var countByTaskDefinition: [TaskDefinitionID: Int] = [:]
    package private(set) var ofServices = ServiceTaskIndex()
    /// STOPPED tasks, the earliest first.
    package private(set) var stopped = OrderedSet<StoppedKey>()

    package var count: Int { rows.count }
    package subscript(id: TaskID) -> TaskRecord? { rows.sequence(of: id).flatMap { rows[$0] } }
    package subscript(sequence sequence: Int) -> TaskRecord? { rows[sequence] }

    /// Sequence numbers of a cluster's tasks with this desired status that the filter selects.
    package func select(_ filter: Filter, cluster: ClusterName, desiredStatus: DesiredStatus) -> OrderedSet<Int> {
        selections[.init(cluster: cluster, desiredStatus: desiredStatus, filter: filter)] ?? OrderedSet()
    }

    /// Sequence numbers of the instance's tasks that are not STOPPED.
    package func assigned(to instance: ContainerInstanceID) -> OrderedSet<Int> { assigned[instance] ?? OrderedSet() }

    /// - Parameter launchType: nil for all of them.
    package func runningCount(in cluster: ClusterName, _ launchType: TaskRecord.LaunchType? = nil) -> Int {
        counted(cluster, launchType, [.running])
    }

    /// - Parameter launchType: nil for all of them.
    package func pendingCount(in cluster: ClusterName, _ launchType: TaskRecord.LaunchType? = nil) -> Int {
        counted(cluster, launchType, [.provisioning, .pending, .activating])
    }

    /// Tasks of the cluster that are not STOPPED.
    package func unstoppedCount(in cluster: ClusterName) -> Int {
        counted(cluster, nil, TaskStatus.allCases.filter { $0 != .stopped })
    }

    /// Tasks of the cluster that are not STOPPED and run under this capacity provider.
    package func unstoppedCount(in cluster: ClusterName, capacityProvider name: String) -> Int {
        countByCapacityProvider[CapacityProviderKey(cluster: cluster, name: name), default: 0]
    }

    package func runningCount(on instance: ContainerInstanceID) -> Int { counted(instance, [.running]) }

    package func pendingCount(on instance: ContainerInstanceID) -> Int {
        counted(instance, [.provisioning, .pending, .activating])
    }

    private func counted(
        _ cluster: ClusterName, _ launchType: TaskRecord.LaunchType?, _ statuses: [TaskStatus]
    ) -> Int {
        let launchTypes = launchType.map { [$0] } ?? TaskRecord.LaunchType.allCases
        return launchTypes.reduce(0) { sum, launchType in
            statuses.reduce(sum) {
                $0 + countByCluster[CountKey(cluster: cluster, launchType: launchType, status: $1), default: 0]
            }
        }
    }

    /// Tasks that are kept and were made from this revision, STOPPED ones included.
    package func count(of taskDefinition: TaskDefinitionID) -> Int { countByTaskDefinition[taskDefinition, default: 0] }

    private func counted(_ instance: ContainerInstanceID, _ statuses: [TaskStatus]) -> Int {
        statuses.reduce(0) {
            $0 + countByInstance[InstanceCountKey(containerInstance: instance, status: $1), default: 0]
        }
    }

    mutating func replace(_ old: TaskRecord?, _ new: TaskRecord?) {
        if old?.desiredStatus != new?.desiredStatus || old?.launch !== new?.launch {
            if let old { selections.remove(old) }
            if let new { selections.insert(new) }
        }
        if old?.lastStatus != new?.lastStatus || old?.containerInstance != new?.containerInstance
            || old?.launch !== new?.launch
        {
            if let old {
                count(old, by: -1)
                if old.lastStatus != .stopped { assigned.remove(old.containerInstance, old.sequence) }
            }
            if let new {
                count(new, by: 1)
                if new.lastStatus != .stopped { assigned.insert(new.containerInstance, new.sequence) }
            }
        }
        ofServices.replace(old, new)
        if let old, let key = Self.stoppedKey(old) { stopped.remove(key) }
        if let new, let key = Self.stoppedKey(new) { stopped.insert(key) }
        if let new {
            rows.set(new)
        } else if let old {
            rows.remove(old)
        }
    }

    private mutating func count(_ task: TaskRecord, by difference: Int) {
        let cluster = CountKey(cluster: task.cluster, launchType: task.launchType, status: task.lastStatus)
        let inCluster = countByCluster[cluster, default: 0] + difference
        countByCluster[cluster] = inCluster == 0 ? nil : inCluster
        let instance = InstanceCountKey(containerInstance: task.containerInstance, status: task.lastStatus)
        let onInstance = countByInstance[instance, default: 0] + difference
        countByInstance[instance] = onInstance == 0 ? nil : onInstance
        if let name = task.capacityProviderName, task.lastStatus != .stopped {
            let key = CapacityProviderKey(cluster: task.cluster, name: name)
            let underProvider = countByCapacityProvider[key, default: 0] + difference
            countByCapacityProvider[key] = underProvider == 0 ? nil : underProvider
        }
        let ofDefinition = countByTaskDefinition[task.taskDefinition, default: 0] + difference
        countByTaskDefinition[task.taskDefinition] = ofDefinition == 0 ? nil : ofDefinition
    }

    private static func stoppedKey(_ task: TaskRecord) -> StoppedKey? {
        guard task.lastStatus == .stopped, let stoppedAt = task.stoppedAt else { return nil }
        return StoppedKey(stoppedAt: stoppedAt, sequence: task.sequence)
    }
}
