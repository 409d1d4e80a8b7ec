import AWSModels
import AWSProtocol
import ControlPlaneSimulation
import ControlPlaneState
import Support

/// Those who deploy services while all goes wrong: they create, update, scale, protect and delete them, and some of what
/// they deploy is bad.
final class ServiceClients {
    /// A task definition that services run.
    enum Release: String, CaseIterable {
        case good, checked, large, port, failsToStart, turnsUnhealthy, crashes

        var family: String { "release-\(rawValue)" }
        var image: String {
            switch self {
            case .failsToStart: "app:\(SimulatedProgram.failsToStart.rawValue)"
            case .turnsUnhealthy: "app:\(SimulatedProgram.turnsUnhealthy.rawValue)"
            case .crashes: "app:\(SimulatedProgram.crashes.rawValue)"
            default: "app:1"
            }
        }
        var isBad: Bool { [.failsToStart, .turnsUnhealthy, .crashes].contains(self) }
        /// Whether a deployment of it goes on for ever without a circuit breaker, or after it.
        var neverSettles: Bool { self == .turnsUnhealthy || self == .crashes }
    }

    private static let serviceCount = 8
    private static let provider = "simulated"
    /// The hosts of the capacity provider.
    static let autoScalingGroup = ["stevedore.auto-scaling-group": "simulated"]

    private let simulation: Simulation
    private var random: SimulationRandom
    private(set) var deployed = 0

    init(_ simulation: Simulation, random: SimulationRandom) {
        self.simulation = simulation
        self.random = random
    }

    func register() async throws {
        for release in Release.allCases { try await register(release) }
        var group = ECS.AutoScalingGroupProvider()
        group.autoScalingGroupArn = "simulated"
        _ = try await simulation.plane.call(
            ECS.CreateCapacityProvider.self, .init(autoScalingGroupProvider: group, name: Self.provider))
        _ = try await simulation.plane.call(ECS.CreateCluster.self, .init(clusterName: "default"))
        _ = try await simulation.plane.call(
            ECS.PutClusterCapacityProviders.self,
            .init(capacityProviders: [Self.provider], cluster: "default", defaultCapacityProviderStrategy: []))
    }

    private func register(_ release: Release) async throws {
        var container = ECS.ContainerDefinition()
        container.name = "app"
        container.image = release.image
        container.cpu = release == .large ? 700 : 32
        container.memory = release == .large ? 1500 : 64
        if release == .port { container.portMappings = [.init(containerPort: 80, hostPort: 9080)] }
        if release == .checked || release == .turnsUnhealthy {
            container.healthCheck = .init(command: ["CMD", "true"], interval: 5, retries: 1, timeout: 2)
        }
        var request = ECS.RegisterTaskDefinitionRequest()
        request.family = release.family
        request.containerDefinitions = [container]
        _ = try await simulation.plane.call(ECS.RegisterTaskDefinition.self, request)
    }

    // MARK: What they do

    /// One thing that a client does.
    func act() async throws {
        try await tolerating {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<30: try await create()
            case 30..<55: try await deploy()
            case 55..<65: try await scale()
            case 65..<75: try await reconfigure()
            case 75..<83: try await protect()
            case 83..<90: try await stopOne()
            case 90..<93: try await stopDeployment()
            default: try await delete()
            }
        }
    }

    /// In the end: what would fail for ever is replaced by what works, unless a circuit breaker still watches it.
    func withdrawBadReleases() async throws {
        let bad = simulation.plane.state.peek { tables -> [ServiceID] in
            tables.services.unended.filter { id in
                guard let service = tables.services[id], service.status == .active,
                    let primary = tables.deployments.primary(of: id),
                    Release.allCases.contains(where: {
                        $0.family == primary.tasks.taskDefinition.family && $0.neverSettles
                    })
                else { return false }
                let isWatched =
                    service.configuration.isCircuitBreakerEnabled && primary.rolloutState == .inProgress
                    && primary.tasks.taskDefinition.family == Release.turnsUnhealthy.family
                return !isWatched && primary.rolloutState != .failed
            }
        }
        for id in bad {
            try await tolerating {
                _ = try await simulation.plane.call(
                    ECS.UpdateService.self,
                    .init(cluster: id.cluster.rawValue, service: id.name, taskDefinition: Release.good.family))
            }
        }
    }

    private func tolerating(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as AWSError {
            // Refusals are right answers here. A server at fault is not, but for a disk that failed.
            guard error.httpStatus < 500 || simulation.plane.state.failure != nil else {
                throw Invariants.Violation(description: "a client of services got \(error)")
            }
        }
    }

    private func name() -> String { "service-\(Int.random(in: 0..<Self.serviceCount, using: &random))" }

    private func release() -> Release {
        let bad: [Release] = [.failsToStart, .turnsUnhealthy, .crashes]
        let fine: [Release] = [.good, .good, .checked, .large, .port]
        return (random.happens(0.3) ? bad : fine).randomElement(using: &random) ?? .good
    }

    private func create() async throws {
        var request = ECS.CreateServiceRequest()
        request.serviceName = name()
        request.taskDefinition = release().family
        let isDaemon = random.happens(0.3)
        request.schedulingStrategy = isDaemon ? .daemon : .replica
        if !isDaemon { request.desiredCount = Int.random(in: 0...10, using: &random) }
        request.deploymentConfiguration = deploymentConfiguration(isDaemon: isDaemon)
        request.placementConstraints = constraints(isDaemon: isDaemon)
        if !isDaemon { request.placementStrategy = strategies() }
        if random.happens(0.2), !isDaemon {
            request.capacityProviderStrategy = [.init(base: 1, capacityProvider: Self.provider, weight: 1)]
        }
        if random.happens(0.3) { request.availabilityZoneRebalancing = .enabled }
        if random.happens(0.3) { request.healthCheckGracePeriodSeconds = Int.random(in: 0...30, using: &random) }
        _ = try await simulation.plane.call(ECS.CreateService.self, request)
        deployed += 1
    }

    private func deploymentConfiguration(isDaemon: Bool) -> ECS.DeploymentConfiguration {
        var configuration = ECS.DeploymentConfiguration()
        let least = [0, 30, 50, 75, 100].randomElement(using: &random) ?? 100
        configuration.minimumHealthyPercent = isDaemon ? min(least, 75) : least
        configuration.maximumPercent = isDaemon ? 100 : [100, 110, 130, 150, 200].randomElement(using: &random) ?? 200
        let isWatched = random.happens(0.6)
        configuration.deploymentCircuitBreaker = .init(enable: isWatched, rollback: isWatched && random.happens(0.6))
        return configuration
    }

    private func constraints(isDaemon: Bool) -> [ECS.PlacementConstraint]? {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: [.init(expression: "attribute:colour == red", type: .memberOf)]
        case 1: isDaemon ? nil : [.init(type: .distinctInstance)]
        default: nil
        }
    }

    private func strategies() -> [ECS.PlacementStrategy]? {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: [.init(field: "memory", type: .binpack)]
        case 1: [.init(field: "attribute:ecs.availability-zone", type: .spread), .init(field: "cpu", type: .binpack)]
        case 2: [.init(field: "instanceId", type: .spread)]
        default: nil
        }
    }

    private func deploy() async throws {
        var request = ECS.UpdateServiceRequest(service: name())
        if random.happens(0.2) { request.forceNewDeployment = true } else { request.taskDefinition = release().family }
        if random.happens(0.2) { request.desiredCount = Int.random(in: 0...10, using: &random) }
        _ = try await simulation.plane.call(ECS.UpdateService.self, request)
        deployed += 1
    }

    private func scale() async throws {
        _ = try await simulation.plane.call(
            ECS.UpdateService.self,
            .init(desiredCount: Int.random(in: 0...12, using: &random), service: name()))
    }

    private func reconfigure() async throws {
        var request = ECS.UpdateServiceRequest(service: name())
        let isDaemon = simulation.plane.state.peek { tables in
            tables.services[ServiceID(cluster: .default, name: request.service ?? "")]?.configuration.schedulingStrategy
                == .daemon
        }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: request.deploymentConfiguration = deploymentConfiguration(isDaemon: isDaemon)
        case 1: request.placementConstraints = constraints(isDaemon: isDaemon) ?? []
        default:
            if !isDaemon { request.placementStrategy = strategies() ?? [] }
            request.healthCheckGracePeriodSeconds = Int.random(in: 0...20, using: &random)
        }
        _ = try await simulation.plane.call(ECS.UpdateService.self, request)
    }

    private func protect() async throws {
        let arns = try await tasks(of: name())
        guard let arn = arns.randomElement(using: &random) else { return }
        _ = try await simulation.plane.call(
            ECS.UpdateTaskProtection.self,
            .init(
                cluster: "default", expiresInMinutes: Int.random(in: 1...3, using: &random),
                protectionEnabled: random.happens(0.9), tasks: [arn]))
    }

    private func stopOne() async throws {
        let arns = try await tasks(of: name())
        guard let arn = arns.randomElement(using: &random) else { return }
        _ = try await simulation.plane.call(ECS.StopTask.self, .init(reason: "enough", task: arn))
    }

    private func tasks(of service: String) async throws -> [String] {
        try await simulation.plane.call(ECS.ListTasks.self, .init(serviceName: service)).taskArns ?? []
    }

    private func stopDeployment() async throws {
        let described = try await simulation.plane.call(ECS.DescribeServices.self, .init(services: [name()]))
        guard let arn = described.services?.first?.currentServiceDeployment else { return }
        _ = try await simulation.plane.call(
            ECS.StopServiceDeployment.self,
            .init(serviceDeploymentArn: arn, stopType: random.happens(0.5) ? .rollback : .abort))
    }

    private func delete() async throws {
        _ = try await simulation.plane.call(
            ECS.DeleteService.self, .init(force: random.happens(0.8), service: name()))
    }
}
