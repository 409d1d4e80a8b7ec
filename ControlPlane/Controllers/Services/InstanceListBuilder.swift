import ControlPlaneState
import FoundationEssentials
import Placement
import ServiceScheduler

/// Makes the scheduler's list of container instances, each once.
struct InstanceListBuilder {
    let termination: TerminationStrategy
    private(set) var instances: [Instance] = []
    private(set) var ids: [ContainerInstanceID] = []
    private let record: ServiceRecord
    private let zones: [String: Int]
    private let memory: PlacementMemory
    /// Of a DAEMON; nil where it does not matter.
    private var suitable: Set<ContainerInstanceID>?
    private var places: [ContainerInstanceID: Int?] = [:]
    private var spreadGroups: [String?: Int] = [:]

    init(_ record: ServiceRecord, balancedZones: [String], memory: PlacementMemory) {
        self.record = record
        self.memory = memory
        termination = TerminationStrategy(record.configuration.placementStrategy)
        zones = Dictionary(uniqueKeysWithValues: zip(balancedZones, 0...))
    }

    /// Every instance of the cluster.
    mutating func addCluster(
        _ suitable: Set<ContainerInstanceID>, in tables: borrowing Tables,
        silence: (ContainerInstanceRecord) -> Date?
    ) {
        self.suitable = suitable
        var registered: [ContainerInstanceID] = []
        tables.containerInstances.registered(in: record.id.cluster).forEach(after: nil) { sequence in
            if let instance = tables.containerInstances[sequence: sequence] { registered.append(instance.id) }
            return true
        }
        for id in registered { _ = place(of: id, in: tables, silence: silence) }
    }

    /// The instance's place in the list; nil if it is gone.
    mutating func place(
        of id: ContainerInstanceID, in tables: borrowing Tables, silence: (ContainerInstanceRecord) -> Date?
    ) -> Int? {
        if let known = places[id] { return known }
        guard let instance = tables.containerInstances[id] else {
            places[id] = .some(nil)
            return nil
        }
        places[id] = ids.count
        ids.append(id)
        instances.append(
            Instance(
                id: id.rawValue, status: instance.status == .active ? .active : .draining,
                lastHeardAt: instance.status == .inactive ? .distantPast : silence(instance),
                zone: instance.availabilityZone.flatMap { zones[$0] }, spreadGroup: spreadGroup(of: instance),
                freeResource: freeResource(of: instance, in: tables),
                canRunDaemon: suitable?.contains(id) ?? true,
                hasTasksToDrain: suitable != nil && instance.status == .draining && hasTasksToDrain(id, in: tables),
                daemonRefusedAt: memory.refusedAt[id]))
        return ids.count - 1
    }

    private mutating func spreadGroup(of instance: ContainerInstanceRecord) -> Int {
        guard let attribute = termination.spreadAttribute else { return 0 }
        let value = instance.attribute(attribute)
        let group = spreadGroups[value] ?? spreadGroups.count
        spreadGroups[value] = group
        return group
    }

    private func freeResource(of instance: ContainerInstanceRecord, in tables: borrowing Tables) -> Int {
        guard termination.rule.instances == .mostFree, let left = tables.remaining(of: instance) else { return 0 }
        return termination.resource == .cpu ? left.cpuUnits : left.memoryMiB
    }

    /// Whether tasks are still there that draining takes away: those of services other than DAEMONs, which would wait for
    /// each other. Tasks that no service started stay.
    private func hasTasksToDrain(_ id: ContainerInstanceID, in tables: borrowing Tables) -> Bool {
        var isFound = false
        tables.tasks.assigned(to: id).forEach(after: nil) { sequence in
            let service = tables.tasks[sequence: sequence].flatMap { tables.service(of: $0) }
            isFound = service.flatMap { tables.services[$0] }?.configuration.schedulingStrategy == .replica
            return !isFound
        }
        return isFound
    }
}
