import AWSModels
package import FoundationEssentials
package import Placement

/// All cluster state: the tables, the indices over them, and what the running transaction has changed.
///
/// Not copyable, so that no reader can keep one: a kept copy would make the next write copy every table. Readers see
/// it for the length of a closure; a transaction changes it through the `put` and `remove` methods, each of which keeps
/// every index right and notes the change for the commit log and for undoing.
///
/// ```
/// put(task) ──▶ TaskTable (rows, selections, counts)
///           ├─▶ HostIndex of the cluster (a task holds its reservation until it is STOPPED)
///           └─▶ changes ──▶ commit log ──▶ store, change feed
/// ```
package struct Tables: ~Copyable, Sendable {
    package private(set) var clusters = ClusterTable()
    package private(set) var taskDefinitions = TaskDefinitionTable()
    package private(set) var containerInstances = ContainerInstanceTable()
    package private(set) var tasks = TaskTable()
    private var launches = LaunchTable()
    /// Tasks of an instance that are not STOPPED and have a role.
    private var tasksWithRole = SecondaryIndex<ContainerInstanceID, Int>()
    package private(set) var access = AccessTable()
    package private(set) var capacityProviders = CapacityProviderTable()
    package private(set) var accountSettings = AccountSettingTable()
    package internal(set) var networks = NetworkTable()
    package private(set) var services = ServiceTable()
    package private(set) var deployments = DeploymentTable()
    package private(set) var taskSets = TaskSetTable()
    package private(set) var serviceEvents = ServiceEventTable()
    package private(set) var serviceHistory = ServiceHistoryTable()
    private var serviceReferences = ServiceReferences()
    package internal(set) var endedServiceTasks = EndedServiceTasks()
    /// One index of hosts a cluster that ever had one.
    package private(set) var hosts: [ClusterName: HostIndex] = [:]
    /// Those in DELETE_IN_PROGRESS that nothing refers to.
    private var purgeableTaskDefinitions = OrderedSet<TaskDefinitionID>()
    private var lastSequence = 0

    /// What was changed since ``takeChanges()``, in order.
    private var changes: [Change] = []

    init() {}

    /// A number greater than any given before: what puts tasks and container instances in order.
    package mutating func nextSequence() -> Int {
        lastSequence += 1
        return lastSequence
    }

    // MARK: Writing

    package mutating func put(_ record: ClusterRecord) { apply(.cluster(clusters[record.name], record)) }

    package mutating func put(_ record: TaskDefinitionFamilyRecord) {
        apply(.taskDefinitionFamily(taskDefinitions.family(record.family), record))
    }

    package mutating func put(_ record: TaskDefinitionRecord) {
        apply(.taskDefinition(taskDefinitions[record.id], record))
    }

    package mutating func put(_ record: ContainerInstanceRecord) {
        apply(.containerInstance(containerInstances[record.id], record))
        returnSlices(of: record.id)
    }

    package mutating func removeContainerInstance(_ id: ContainerInstanceID) {
        if let old = containerInstances[id] { apply(.containerInstance(old, nil)) }
        returnSlices(of: id)
    }

    package mutating func put(_ record: TaskRecord) {
        let old = tasks[record.id]
        let launch = launches[record.launch.id]
        if launch !== record.launch { apply(.launch(launch, record.launch)) }
        apply(.task(old, record))
        if let old, old.launch.id != record.launch.id { removeUnused(old.launch) }
        if record.lastStatus == .stopped { returnSlices(of: record.containerInstance) }
    }

    package mutating func removeTask(_ id: TaskID) {
        guard let old = tasks[id] else { return }
        apply(.task(old, nil))
        removeUnused(old.launch)
    }

    private mutating func removeUnused(_ launch: LaunchRecord) {
        if launches.taskCount(of: launch.id) == 0 { apply(.launch(launch, nil)) }
    }

    package mutating func put(_ record: AccessKeyRecord) {
        apply(.accessKey(access.key(record.accessKeyID), record))
    }

    package mutating func removeAccessKey(_ accessKeyID: String) {
        if let old = access.key(accessKeyID) { apply(.accessKey(old, nil)) }
    }

    package mutating func put(_ record: UserRecord) { apply(.user(access.user(record.name), record)) }

    package mutating func removeUser(_ name: String) {
        if let old = access.user(name) { apply(.user(old, nil)) }
    }

    package mutating func put(_ record: JoinTokenRecord) {
        apply(.joinToken(access.joinToken(sha256: record.tokenSHA256), record))
    }

    package mutating func put(_ record: RunTaskTokenRecord) {
        apply(.runTaskToken(access.runTaskToken(cluster: record.cluster, clientToken: record.clientToken), record))
    }

    package mutating func remove(_ record: RunTaskTokenRecord) { apply(.runTaskToken(record, nil)) }

    package mutating func put(_ record: CapacityProviderRecord) {
        apply(.capacityProvider(capacityProviders[record.name], record))
    }

    package mutating func put(_ record: AccountSettingRecord) {
        apply(.accountSetting(accountSettings[record.name, record.principalARN], record))
    }

    package mutating func remove(_ record: AccountSettingRecord) { apply(.accountSetting(record, nil)) }

    mutating func put(_ record: SubnetRecord) { apply(.subnet(networks[record.id], record)) }

    mutating func put(_ record: AddressSliceRecord) {
        apply(.addressSlice(networks[slice: record.cidr], record))
    }

    mutating func remove(_ record: AddressSliceRecord) { apply(.addressSlice(record, nil)) }

    /// Removes task definitions that DeleteTaskDefinitions asked to be gone and that nothing refers to any more.
    ///
    /// - Returns: how many; at most `limit`.
    package mutating func purgeTaskDefinitions(limit: Int) -> Int {
        var purged: [TaskDefinitionRecord] = []
        purgeableTaskDefinitions.forEach(after: nil) { id in
            guard purged.count < limit else { return false }
            if let record = taskDefinitions[id] { purged.append(record) }
            return true
        }
        for record in purged { apply(.taskDefinition(record, nil)) }
        return purged.count
    }

    // MARK: Placing

    /// Places copies of a task on the cluster's hosts. The caller puts a ``TaskRecord`` with the returned reservation
    /// for each placement, in the same transaction.
    package mutating func place(
        _ request: PlacementRequest, tasks ids: [TaskID], in cluster: ClusterName,
        using generator: inout some RandomNumberGenerator
    ) -> PlacementResult {
        let result = hosts[cluster, default: HostIndex()].place(request, tasks: ids, using: &generator)
        for placement in result.placements { placed.append((cluster, placement.task)) }
        return result
    }

    /// Places one task on the host that the caller names.
    package mutating func reserve(
        _ demand: ResourceDemand, task: TaskID, group: String, on instance: ContainerInstanceID, in cluster: ClusterName
    ) -> ReserveOutcome {
        let outcome = hosts[cluster, default: HostIndex()].reserve(
            demand, task: task, group: group, on: HostID(instance.rawValue))
        if case .reserved = outcome { placed.append((cluster, task)) }
        return outcome
    }

    /// What keeps a request's tasks off the hosts of a cluster, as things are now.
    package func explain(_ request: PlacementRequest, in cluster: ClusterName) -> PlacementExplanation {
        (hosts[cluster] ?? HostIndex()).explain(request)
    }

    /// Whether a task of the request could be placed on one of these instances of the cluster, as things are now.
    package func fits(
        _ request: PlacementRequest, onAnyOf instances: Set<ContainerInstanceID>, in cluster: ClusterName
    ) -> Bool {
        hosts[cluster]?.fits(request, onAnyOf: instances.lazy.map { HostID($0.rawValue) }) ?? false
    }

    /// What the transaction placed: taken back if it fails before, or without, putting the tasks.
    private var placed: [(ClusterName, TaskID)] = []

    /// What is left of a container instance; nil if it is INACTIVE or unknown.
    package func remaining(of instance: ContainerInstanceRecord) -> RemainingResources? {
        hosts[instance.cluster]?.remaining(on: HostID(instance.id.rawValue))
    }

    /// Applies what a host says of a task.
    ///
    /// - Returns: the task after it, and dynamic host ports that the host says the task took and that are another's:
    ///   the report cannot be true of this state, and the old ports stay on the books.
    @discardableResult
    package mutating func observe(
        _ observation: TaskObservation, of task: TaskRecord, now: Date
    ) -> (task: TaskRecord, conflicts: [HostPortRange]) {
        var observed = task.observing(observation, now: now)
        var conflicts: [HostPortRange] = []
        if observed.lastStatus != .stopped {
            for move in observed.portMoves() where !reassign(move, of: &observed) { conflicts.append(move.new) }
        }
        if observed != task {
            // Ports that another task held when they were first reported are free by now.
            if observed.version == task.version { observed.version += 1 }
            put(observed)
        }
        return (observed, conflicts)
    }

    private mutating func reassign(_ move: PortMove, of task: inout TaskRecord) -> Bool {
        guard hosts[task.cluster]?.reassign(move, of: task.id) == true else { return false }
        task.apply(move)
        return true
    }

    // MARK: Keeping it all in step

    mutating func apply(_ change: Change) {
        changes.append(change)
        replace(change)
    }

    private mutating func replace(_ change: Change) {
        switch change {
        case .cluster(let old, let new): clusters.replace(old, new)
        case .taskDefinitionFamily(let old, let new): taskDefinitions.replace(old, new)
        case .taskDefinition(let old, let new):
            taskDefinitions.replace(old, new)
            indexReferences(to: (new ?? old)?.id)
        case .containerInstance(let old, let new):
            containerInstances.replace(old, new)
            indexHost(old, new)
            lastSequence = max(lastSequence, new?.sequence ?? 0)
        case .launch(let old, let new): launches.replace(old, new)
        case .task(let old, let new):
            launches.replace(old, new)
            tasks.replace(old, new)
            networks.replace(old, new)
            indexRole(old, new)
            indexReservation(old, new)
            indexEnd(old, new)
            if (old?.lastStatus == .running) != (new?.lastStatus == .running) { indexRunning((new ?? old)) }
            if old == nil || new == nil { indexReferences(to: (new ?? old)?.taskDefinition) }
            lastSequence = max(lastSequence, new?.sequence ?? 0)
        case .accessKey(let old, let new): access.replace(old, new)
        case .user(let old, let new): access.replace(old, new)
        case .joinToken(let old, let new): access.replace(old, new)
        case .runTaskToken(let old, let new): access.replace(old, new)
        case .capacityProvider(let old, let new): capacityProviders.replace(old, new)
        case .accountSetting(let old, let new): accountSettings.replace(old, new)
        case .subnet(let old, let new): networks.replace(old, new)
        case .service(let old, let new):
            services.replace(old, new)
            refer(old?.references, new?.references)
        case .deployment(let old, let new):
            deployments.replace(old, new)
            if let old, new == nil { endedServiceTasks.removeAll(of: old.id) }
            refer(old?.references, new?.references)
            lastSequence = max(lastSequence, new?.sequence ?? 0)
        case .taskSet(let old, let new):
            taskSets.replace(old, new)
            if let old, new == nil { endedServiceTasks.removeAll(of: old.id) }
            refer(old?.references, new?.references)
            lastSequence = max(lastSequence, new?.sequence ?? 0)
        case .serviceScheduling(let old, let new): services.replace(old, new)
        case .serviceRevision(let old, let new): serviceHistory.replace(old, new)
        case .serviceDeployment(let old, let new):
            serviceHistory.replace(old, new)
            lastSequence = max(lastSequence, new?.sequence ?? 0)
        case .serviceEvent(let old, let new):
            serviceEvents.replace(old, new)
            lastSequence = max(lastSequence, new?.sequence ?? 0)
        case .addressSlice(let old, let new):
            guard let slice = new ?? old else { return }
            let wasFull = networks.isFull(slice.subnet)
            networks.replace(old, new)
            limitInterfaces(afterChangeOf: slice, wasFull: wasFull)
        }
    }

    /// The task's role: its override's, else its definition's.
    package func taskRole(of task: TaskRecord) -> String? { taskRole(of: task.launch) }

    private func taskRole(of launch: LaunchRecord) -> String? {
        launch.taskRoleOverride ?? taskDefinitions[launch.taskDefinition]?.definition.taskRoleArn
    }

    /// Sequence numbers of the instance's tasks that are not STOPPED and have a role.
    package func tasksWithRole(on instance: ContainerInstanceID) -> OrderedSet<Int> {
        tasksWithRole[instance] ?? OrderedSet()
    }

    private mutating func indexRole(_ old: TaskRecord?, _ new: TaskRecord?) {
        if let new, new.lastStatus != .stopped {
            if old == nil || old?.lastStatus == .stopped, taskRole(of: new) != nil {
                tasksWithRole.insert(new.containerInstance, new.sequence)
            }
        } else if let old {
            tasksWithRole.remove(old.containerInstance, old.sequence)
        }
    }

    private mutating func indexReferences(to id: TaskDefinitionID?) {
        guard let id else { return }
        if taskDefinitions[id]?.status == .deleteInProgress, !isReferenced(id) {
            purgeableTaskDefinitions.insert(id)
        } else {
            purgeableTaskDefinitions.remove(id)
        }
    }

    /// Whether a record that is kept needs the revision. Whatever comes to hold one is asked here, and its changes
    /// call ``indexReferences(to:)``.
    private func isReferenced(_ id: TaskDefinitionID) -> Bool {
        tasks.count(of: id) > 0 || serviceReferences.count(.taskDefinition(id)) > 0
    }

    /// Takes note of what a record of a service refers to, and referred to before.
    private mutating func refer(_ old: [ServiceReference]?, _ new: [ServiceReference]?) {
        guard old != new else { return }
        serviceReferences.replace(old, new)
        for case .taskDefinition(let id) in (old ?? []) + (new ?? []) { indexReferences(to: id) }
    }

    /// Whether a service, deployment or task set of the cluster starts its tasks by this capacity provider.
    package func isUsedByServices(capacityProvider name: String, in cluster: ClusterName) -> Bool {
        serviceReferences.count(.capacityProvider(name, cluster)) > 0
    }

    private mutating func indexHost(_ old: ContainerInstanceRecord?, _ new: ContainerInstanceRecord?) {
        if let new, let host = new.host {
            hosts[new.cluster, default: HostIndex()].upsert(host)
            limitInterfaces(of: new)
        } else if let old {
            hosts[old.cluster]?.remove(HostID(old.id.rawValue))
        }
    }

    private mutating func indexReservation(_ old: TaskRecord?, _ new: TaskRecord?) {
        let before = old.flatMap { $0.lastStatus == .stopped ? nil : $0 }
        let after = new.flatMap { $0.lastStatus == .stopped ? nil : $0 }
        // What is to stop counts no more. It counts again only if that is undone, and is then as good as new.
        let isBack = before?.desiredStatus == .stopped && after?.desiredStatus == .running
        let isSame = before?.reservation == after?.reservation && !isBack
        if let before, !isSame { hosts[before.cluster]?.release(before.id) }
        guard let after else { return }
        if !isSame { restoreReservation(of: after) }
        if after.desiredStatus == .stopped, before?.desiredStatus != .stopped || !isSame {
            hosts[after.cluster]?.discount(after.id)
        }
    }

    private static func placement(of task: borrowing TaskRecord) -> Placement {
        Placement(
            task: task.id, host: HostID(task.containerInstance.rawValue), group: task.launch.group,
            reservation: task.reservation, holdsInterface: task.networkInterface != nil)
    }

    private mutating func restoreReservation(of task: TaskRecord) {
        let placement = Self.placement(of: task)
        // Placing, in this transaction, has reserved it already.
        guard hosts[task.cluster]?.placement(of: task.id) != placement else { return }
        hosts[task.cluster, default: HostIndex()].restore(placement)
    }

    private mutating func indexRunning(_ task: TaskRecord?) {
        guard let task else { return }
        hosts[task.cluster]?.setRunningTaskCount(
            tasks.runningCount(on: task.containerInstance), on: HostID(task.containerInstance.rawValue))
    }

    /// Says to placement how many interfaces a host's tasks can have addresses for.
    mutating func limitInterfaces(of instance: ContainerInstanceRecord) {
        guard let subnet = instance.attribute("ecs.subnet-id") else { return }
        let limit = networks.isFull(SubnetID(subnet)) ? networks.usableAddressCount(of: instance.id) : nil
        hosts[instance.cluster]?.setAddressLimit(limit, on: HostID(instance.id.rawValue))
    }

    // MARK: Transactions

    /// The changes of the transaction that ends here.
    mutating func takeChanges() -> [Change] {
        for (cluster, task) in placed where tasks[task] == nil { hosts[cluster]?.release(task) }
        placed.removeAll(keepingCapacity: true)
        let taken = changes
        changes = []
        return taken
    }

    /// Undoes the transaction that failed, newest change first.
    mutating func rollBack() {
        for change in changes.reversed() { replace(change.inverse) }
        changes = []
        for (cluster, task) in placed where tasks[task] == nil { hosts[cluster]?.release(task) }
        placed.removeAll(keepingCapacity: true)
    }

    // MARK: Loading

    /// Loads all there is. Instances before tasks: a reservation needs its host.
    mutating func load(_ loaded: StoreLoading.Loaded) {
        for change in loaded.others { replace(change) }
        load(
            launches: loaded.launches + loaded.old.map(\.task.launch), tasks: loaded.tasks + [loaded.old.map(\.task)])
    }

    /// Loads all the tasks there are and their launches, into tables that have none yet. It is as if each were put in its
    /// turn, but the table of tasks, which is half of the work, is made by another thread meanwhile.
    ///
    /// - Parameter runs: the tasks, in pieces that need not be put together for this.
    private mutating func load(launches loadedLaunches: [LaunchRecord], tasks runs: [[TaskRecord]]) {
        for launch in loadedLaunches { launches.replace(nil, launch) }
        let loading = TaskTableLoading(runs)
        for run in runs {
            // Each copy of a task counts a dozen references up and down: here it is looked at where it is.
            run.withUnsafeBufferPointer { run in for place in run.indices { index(loaded: run[place]) } }
        }
        tasks = loading.finish()
        for id in Set(loadedLaunches.map(\.taskDefinition)) { indexReferences(to: id) }
        for cluster in Array(hosts.keys) {
            containerInstances.registered(in: cluster).forEach(after: nil) { sequence in
                guard let id = containerInstances[sequence: sequence]?.id else { return true }
                hosts[cluster]?.setRunningTaskCount(tasks.runningCount(on: id), on: HostID(id.rawValue))
                return true
            }
        }
    }

    /// What ``replace(_:)`` does for a new task, but for the table of tasks and what follows from it.
    private mutating func index(loaded task: borrowing TaskRecord) {
        launches.count(task.launch.id)
        lastSequence = max(lastSequence, task.sequence)
        if task.networkInterface != nil { networks.replace(nil, copy task) }
        guard task.lastStatus != .stopped else {
            if task.launch.deployment != nil { indexEnd(nil, copy task) }
            return
        }
        if taskRole(of: task.launch) != nil { tasksWithRole.insert(task.containerInstance, task.sequence) }
        hosts[task.launch.cluster, default: HostIndex()].restore(Self.placement(of: task))
        if task.desiredStatus == .stopped { hosts[task.launch.cluster]?.discount(task.id) }
    }
}
