import AWSModels
import AWSProtocol
package import ControlPlaneState
package import Controllers
package import FoundationEssentials
import Placement
import ServiceScheduler
import Support

/// Tasks of services are started as RunTask starts them. What cannot change was checked when the service was made.
extension ECSService: TaskStarter {
    package func start(
        _ count: Int, _ launch: ServiceLaunch, now: Date, _ tables: inout Tables
    ) -> StartedTasks {
        let prepared: ServiceTaskLaunch
        do throws(AWSError) { prepared = try ServiceTaskLaunch(launch, tables) } catch {
            return StartedTasks(obstacle: .other(error.message.withoutFullStop))
        }
        if let role = missingRole(prepared.launch.effective.taskRoleArn.given) {
            return StartedTasks(obstacle: .roleNotAssumable(arn: context.arns.role(role)))
        }
        if case .instance(let id) = launch.place { return start(prepared, on: id, now: now, &tables) }
        var started = StartedTasks()
        for part in prepared.parts(of: count, tables) {
            var random = context.random
            let ids = (0..<part.count).map { _ in TaskID(high: random.next(), low: random.next()) }
            let cluster = launch.service.id.cluster
            let result = tables.place(part.request, tasks: ids, in: cluster, using: &random)
            let shared = prepared.launch.record(
                sequence: tables.nextSequence(), capacityProvider: part.capacityProvider, now: now)
            let areAllPut = result.placements.count { put($0, prepared, of: shared, &started, &tables) } == part.count
            if !areAllPut { started.unplaced.append(part.request) }
            if let explanation = result.explanation, started.obstacle == nil {
                started.obstacle = UnplacedCause(explanation, of: part, at: launch.place)
            }
        }
        return started
    }

    private func start(
        _ prepared: ServiceTaskLaunch, on id: ContainerInstanceID, now: Date, _ tables: inout Tables
    ) -> StartedTasks {
        let random = context.random
        let task = TaskID(high: random.next(), low: random.next())
        let launch = prepared.launch
        switch tables.reserve(launch.demand, task: task, group: launch.group, on: id, in: launch.cluster) {
        case .refused(let refusal):
            return StartedTasks(
                obstacle: .noInstanceFits(closest: .init(refusal)), unplaced: [prepared.requestOfInstance])
        case .reserved(let placement):
            var started = StartedTasks()
            let provider = tables.containerInstances[id].flatMap { tables.capacityProvider(of: $0) }
            let shared = launch.record(
                sequence: tables.nextSequence(), capacityProvider: prepared.strategy == nil ? nil : provider, now: now)
            if !put(placement, prepared, of: shared, &started, &tables) {
                started.unplaced = [prepared.requestOfInstance]
            }
            return started
        }
    }

    /// - Returns: whether the task had all that it needs.
    private func put(
        _ placement: Placement, _ prepared: ServiceTaskLaunch, of shared: LaunchRecord, _ started: inout StartedTasks,
        _ tables: inout Tables
    ) -> Bool {
        guard let record = record(prepared.launch, placement, of: shared, &tables) else {
            let failure = noAddressFailure(placement.host, in: prepared.launch.cluster)
            started.obstacle = started.obstacle ?? .other(failure.detail ?? "")
            return false
        }
        started.tasks.append(record.sequence)
        return true
    }

    package func suitableInstances(
        _ launch: ServiceLaunch, _ tables: borrowing Tables
    ) -> Set<ContainerInstanceID> {
        guard let prepared = try? ServiceTaskLaunch(launch, tables),
            let hosts = tables.hosts[launch.service.id.cluster]
        else { return [] }
        let candidates = prepared.strategy?.items.map { tables.hosts(ofCapacityProvider: $0.provider) } ?? [nil]
        var suitable: Set<ContainerInstanceID> = []
        for candidate in candidates {
            var request = prepared.request
            request.candidates = candidate
            suitable.formUnion(hosts.suitableHosts(request).map { ContainerInstanceID($0.value) })
        }
        return suitable
    }
}

/// What a service asks of placement.
private struct ServiceTaskLaunch {
    let launch: TaskLaunch
    /// Nil for a launch type.
    let strategy: CapacityProviderStrategy?
    /// Without the hosts of a capacity provider.
    let request: PlacementRequest
    private let deployment: DeploymentID

    /// - Throws: InvalidParameterException or ClientException for what is gone since the service was made.
    init(_ input: ServiceLaunch, _ tables: borrowing Tables) throws(AWSError) {
        let service = input.service
        guard let definition = tables.taskDefinitions[input.tasks.taskDefinition],
            let cluster = tables.clusters[service.id.cluster]
        else { throw .client("Unable to find the task definition \(input.tasks.taskDefinition).") }
        let options = TaskOptions(service, deployment: input.deployment)
        var wanted = LaunchRequest(definition: definition.definition, cluster: cluster)
        wanted.launchType = input.tasks.launchType.map { ECS.LaunchType(rawValue: $0.rawValue) }
        wanted.capacityProviderStrategy = input.tasks.capacityProviderStrategy ?? []
        wanted.networkConfiguration = input.tasks.networkConfiguration
        wanted.placementConstraints = service.configuration.placementConstraints
        wanted.placementStrategy = service.configuration.placementStrategy
        let launch = try TaskLaunch(cluster: cluster.name, definition: definition, options: options, request: wanted)
        var constraints = try wanted.constraints()
        if case .zone(let zone) = input.place {
            let expression = "attribute:\(Host.availabilityZoneAttribute) == \"\(zone)\""
            constraints.append(.memberOf(try QueryExpression.constraint(expression)))
        }
        self.launch = launch
        deployment = input.deployment
        request = PlacementRequest(
            demand: launch.demand, group: launch.group, constraints: constraints,
            strategies: wanted.placementStrategy.isEmpty ? .serviceDefault : wanted.strategies, explainLimit: 1)
        strategy = input.tasks.capacityProviderStrategy.map { items in
            CapacityProviderStrategy(
                items.map { .init(provider: $0.capacityProvider ?? "", base: $0.base ?? 0, weight: $0.weight ?? 0) })
        }
    }

    /// What a named instance is asked for: that it suits is known.
    var requestOfInstance: PlacementRequest { PlacementRequest(demand: launch.demand, group: launch.group) }

    /// Base and weights hold for all tasks of the deployment, not for each time that some are started.
    func parts(of count: Int, _ tables: borrowing Tables) -> [TaskPlacement.Part] {
        guard let strategy else { return [.init(request: request, count: count)] }
        var current: [String: Int] = [:]
        tables.tasks.ofServices.tasks(of: deployment).forEach(after: nil) { sequence in
            if let task = tables.tasks[sequence: sequence], task.desiredStatus == .running,
                let provider = task.capacityProviderName
            {
                current[provider, default: 0] += 1
            }
            return true
        }
        var parts: [TaskPlacement.Part] = []
        for (item, share) in zip(strategy.items, strategy.shares(of: count, current: current)) where share > 0 {
            var part = TaskPlacement.Part(capacityProvider: item.provider, request: request, count: share)
            part.request.candidates = tables.hosts(ofCapacityProvider: item.provider)
            parts.append(part)
        }
        return parts
    }
}

extension UnplacedCause {
    /// - Parameter explanation: of a part of which not every task found a host.
    fileprivate init(_ explanation: PlacementExplanation, of part: TaskPlacement.Part, at place: ServiceLaunch.Place) {
        if case .zone(let zone) = place {
            self = .noInstanceFitsInZone(zone)
        } else if explanation.activeHostCount > 0 {
            self = .noInstanceFits(closest: explanation.nearest.first.map { ClosestInstance($0) })
        } else if explanation.drainingHostCount > 0 {
            self = .noInstanceFits(closest: nil)
        } else {
            self = part.capacityProvider == nil ? .noInstancesInCluster : .noInstancesInCapacityProvider
        }
    }
}

extension UnplacedCause.ClosestInstance {
    fileprivate init(_ refusal: HostRefusal) {
        let obstacle: UnplacedCause.Obstacle =
            switch refusal.reason {
            case .cpu: .cpu
            case .memory: .memory
            case .ports, .portsUDP: .port
            case .agent: .agentDisconnected
            case .attribute: .attribute
            default: .other(refusal.reason.rawValue)
            }
        self.init(id: refusal.host.value, obstacle: obstacle)
    }
}

extension String {
    fileprivate var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
