import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

/// What RunTask asks of placement: a request for each capacity provider that its strategy gives tasks to, else one.
struct TaskPlacement: Sendable {
    struct Part: Sendable {
        /// Nil for tasks of a launch type.
        var capacityProvider: String?
        var request: PlacementRequest
        var count: Int
    }

    let launch: TaskLaunch
    let parts: [Part]
}

extension ECSService {
    /// Checks everything about a RunTask request that needs the state, and says what is to be placed.
    func placement(
        _ input: ECS.RunTaskRequest, _ options: TaskOptions, in cluster: ClusterRecord, _ tx: borrowing Tables
    ) throws(AWSError) -> TaskPlacement {
        let definition = try tx.runnableTaskDefinition(input.taskDefinition ?? "")
        let request = LaunchRequest(
            input, definition: definition.definition.applying(options.overrides), cluster: cluster)
        let launch = try launch(definition, options, request)
        try tx.checkSubnets(launch.subnets)
        guard tx.containerInstances.registeredCount(in: cluster.name) > 0 else {
            throw .invalidParameter("No Container Instances were found in your cluster.")
        }
        let wanted = PlacementRequest(
            demand: launch.demand, group: launch.group, constraints: try request.constraints(),
            strategies: request.strategies)
        let count = input.count ?? 1
        guard case .capacityProviders(let items) = request.compute else {
            return TaskPlacement(launch: launch, parts: [.init(request: wanted, count: count)])
        }
        let checked = try CapacityProviderStrategyRule.checked(
            items, associated: cluster.capacityProviders ?? [], for: .launch)
        let strategy = CapacityProviderStrategy(
            checked.map { .init(provider: $0.capacityProvider ?? "", base: $0.base ?? 0, weight: $0.weight ?? 0) })
        var parts: [TaskPlacement.Part] = []
        for (item, share) in zip(strategy.items, strategy.shares(of: count)) where share > 0 {
            var part = TaskPlacement.Part(capacityProvider: item.provider, request: wanted, count: share)
            part.request.candidates = tx.hosts(ofCapacityProvider: item.provider)
            parts.append(part)
        }
        return TaskPlacement(launch: launch, parts: parts)
    }

    /// One failure for each host that was looked at and refused, as ECS has it.
    func failures(
        _ explanation: PlacementExplanation?, of part: TaskPlacement.Part, in cluster: ClusterName
    ) -> [ECS.Failure] {
        guard let explanation else { return [] }
        guard explanation.activeHostCount > 0 else {
            let provider = part.capacityProvider
            let isEmpty = provider != nil && explanation.drainingHostCount == 0
            return [
                ECS.Failure(
                    arn: provider.map(context.arns.capacityProvider),
                    detail: isEmpty ? "the capacity provider has no container instances" : explanation.summary,
                    reason: isEmpty ? "EMPTY CAPACITY PROVIDER" : "NO ACTIVE INSTANCES")
            ]
        }
        return explanation.nearest.map { refusal in
            ECS.Failure(
                arn: context.arns.containerInstance(cluster: cluster.rawValue, id: refusal.host.value),
                detail: refusal.detail, reason: refusal.reason.rawValue)
        }
    }
}

extension Tables {
    /// What the hosts of a capacity provider have and no others.
    borrowing func hosts(ofCapacityProvider name: String) -> HostAttribute? {
        capacityProviders[name].map {
            HostAttribute(ContainerInstanceRecord.autoScalingGroupAttribute, $0.autoScalingGroupName)
        }
    }

    /// The capacity provider of its cluster that the container instance belongs to: that of its Auto Scaling group.
    borrowing func capacityProvider(of instance: ContainerInstanceRecord) -> String? {
        guard let group = instance.attribute(ContainerInstanceRecord.autoScalingGroupAttribute) else { return nil }
        return clusters[instance.cluster]?.capacityProviders?.first {
            capacityProviders[$0]?.autoScalingGroupName == group
        }
    }
}
