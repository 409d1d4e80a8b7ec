import AWSModels
import ControlPlaneState
import FoundationEssentials
import Placement
import ServiceScheduler

/// A service as the scheduler is to see it now, and whose records are behind what it sees.
struct ServiceSnapshot {
    /// A deployment or a task set.
    struct Subject {
        let id: DeploymentID
        let key: DeploymentKey
        let tasks: TaskConfiguration
    }

    let record: ServiceRecord
    let service: Service
    let tasks: [ServiceTask]
    let instances: [Instance]
    /// In the order of the service's `deployments`.
    let subjects: [Subject]
    /// In the order of `instances`.
    let instanceIDs: [ContainerInstanceID]

    func subject(_ key: DeploymentKey) -> Subject? { subjects.first { $0.key == key } }

    /// Nil for a service that is not there or INACTIVE.
    ///
    /// Costs the service's tasks; of a DAEMON the cluster's instances, too.
    ///
    /// - Parameter silence: says since when an instance is silent, nil if it is not.
    init?(
        of id: ServiceID, in tables: borrowing Tables, memory: PlacementMemory, starter: some TaskStarter,
        silence: (ContainerInstanceRecord) -> Date?
    ) {
        guard let record = tables.services[id], record.status != .inactive else { return nil }
        let isDaemon = record.configuration.schedulingStrategy == .daemon
        let deployments = Self.deployments(of: record, in: tables, memory)
        subjects = deployments.subjects
        let balancedZones = Self.balancedZones(of: record, in: tables)
        var builder = InstanceListBuilder(record, balancedZones: balancedZones, memory: memory)
        if isDaemon {
            let primary = deployments.subjects.first
            let suitable =
                primary.map { subject in
                    starter.suitableInstances(
                        ServiceLaunch(
                            service: record, deployment: subject.id, tasks: subject.tasks, place: .anywhere), tables)
                } ?? []
            builder.addCluster(suitable, in: tables, silence: silence)
        }
        var tasks: [ServiceTask] = []
        for subject in deployments.subjects {
            let isChecked =
                tables.taskDefinitions[subject.tasks.taskDefinition]?.definition.hasHealthCheck ?? false
            var sequences: [Int] = []
            for list in [tables.tasks.ofServices.tasks(of: subject.id), tables.endedServiceTasks.tasks(of: subject.id)]
            {
                list.forEach(after: nil) { sequence in
                    sequences.append(sequence)
                    return true
                }
            }
            for sequence in sequences {
                guard let task = tables.tasks[sequence: sequence] else { continue }
                let instance = builder.place(of: task.containerInstance, in: tables, silence: silence)
                tasks.append(ServiceTask(task, of: subject.key, on: instance, isChecked: isChecked))
            }
        }
        self.tasks = tasks.sorted { $0.key < $1.key }
        instances = builder.instances
        instanceIDs = builder.ids
        self.record = record
        let configuration = record.configuration
        service = Service(
            name: id.name, status: record.status == .active ? .active : .draining,
            schedulingStrategy: isDaemon ? .daemon : .replica,
            deploymentController: configuration.deploymentController == .external ? .external : .ecs,
            desiredCount: record.desiredCount,
            deploymentConfiguration: DeploymentConfiguration(
                minimumHealthyPercent: configuration.minimumHealthyPercent,
                maximumPercent: configuration.maximumPercent,
                circuitBreaker: .init(
                    isEnabled: configuration.isCircuitBreakerEnabled, rollsBack: configuration.rollsBackOnFailure)),
            healthCheckGracePeriodSeconds: Double(configuration.healthCheckGracePeriodSeconds ?? 0),
            terminationRule: builder.termination.rule, balancedZones: balancedZones,
            deployments: deployments.inputs, lastCompleted: Self.lastCompleted(of: record, in: tables),
            state: ServiceState(tables.services.scheduling(of: id)))
    }

    private static func deployments(
        of record: ServiceRecord, in tables: borrowing Tables, _ memory: PlacementMemory
    ) -> (subjects: [Subject], inputs: [Deployment]) {
        var subjects: [Subject] = []
        var inputs: [Deployment] = []
        for deployment in tables.deployments.deployments(of: record.id) {
            let key = DeploymentKey(deployment.sequence)
            subjects.append(Subject(id: deployment.id, key: key, tasks: deployment.tasks))
            inputs.append(
                Deployment(
                    key: key, id: deployment.id.description, status: deployment.status == .primary ? .primary : .active,
                    isRollback: tables.isRollback(deployment), unplaced: memory.unplaced(deployment.id),
                    state: DeploymentState(deployment)))
        }
        for taskSet in tables.taskSets.taskSets(of: record.id) {
            let key = DeploymentKey(taskSet.sequence)
            subjects.append(Subject(id: taskSet.id, key: key, tasks: taskSet.tasks))
            let status: Deployment.Status =
                switch taskSet.status {
                case .primary: .primary
                case .active: .active
                case .draining: .draining
                }
            inputs.append(
                Deployment(
                    key: key, id: taskSet.id.description, status: status, scalePercent: taskSet.scale,
                    unplaced: memory.unplaced(taskSet.id), state: DeploymentState(taskSet)))
        }
        return (subjects, inputs)
    }

    /// What a rollback would go back to; nil if there is nothing, or one is not possible now.
    private static func lastCompleted(of record: ServiceRecord, in tables: borrowing Tables) -> RollbackTarget? {
        guard let completed = record.completed, let primary = tables.deployments.primary(of: record.id),
            completed.id != primary.id, tables.serviceHistory[completed.revision] != nil,
            tables.serviceHistory[primary.serviceDeployment]?.status == .inProgress
        else { return nil }
        return RollbackTarget(key: DeploymentKey(completed.sequence), id: completed.id.description)
    }

    /// - Source: ECS scheduling rules, 4.6.
    private static func balancedZones(of record: ServiceRecord, in tables: borrowing Tables) -> [String] {
        guard record.configuration.rebalancesAvailabilityZones, record.status == .active else { return [] }
        let zones = tables.containerInstances.activeZones(of: record.id.cluster)
        guard let strategy = record.configuration.tasks?.capacityProviderStrategy else { return zones }
        // Only where a provider has instances.
        let groups = Set(
            strategy.compactMap { tables.capacityProviders[$0.capacityProvider ?? ""]?.autoScalingGroupName })
        let name = ContainerInstanceRecord.autoScalingGroupAttribute
        var found: Set<String> = []
        tables.containerInstances.registered(in: record.id.cluster, withAttribute: name).forEach(after: nil) {
            guard let instance = tables.containerInstances[sequence: $0], instance.status == .active,
                let zone = instance.availabilityZone, instance.attribute(name).map(groups.contains) == true
            else { return true }
            found.insert(zone)
            return true
        }
        return zones.filter(found.contains)
    }
}
