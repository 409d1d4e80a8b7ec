import AWSModels
import AWSProtocol
import ControlPlaneSimulation
import ControlPlaneState
import Placement
import Support

/// Those who use the API while all goes wrong: they run and stop tasks, drain, deregister and label hosts.
final class Clients {
    /// What was done under a client token, to be done again.
    private struct Repetition {
        var request: ECS.RunTaskRequest
        var taskArns: [String]
    }

    private let simulation: Simulation
    private let invariants: Invariants
    private var random: SimulationRandom
    private var definitions: [String] = []
    private var taskArns: [String] = []
    private var repetitions: [Repetition] = []
    private var tokens = 0
    /// Acknowledged launches.
    private(set) var launched = 0

    init(_ simulation: Simulation, _ invariants: Invariants, random: SimulationRandom) {
        self.simulation = simulation
        self.invariants = invariants
        self.random = random
    }

    /// Task definitions of every kind of demand.
    func register() async throws {
        func container(
            cpu: Int, memory: Int, ports: [ECS.PortMapping] = [], gpus: Int = 0
        ) -> ECS.ContainerDefinition {
            var container = ECS.ContainerDefinition()
            container.name = "app"
            container.image = "busybox"
            container.cpu = cpu
            container.memory = memory
            container.portMappings = ports
            if gpus > 0 { container.resourceRequirements = [ECS.ResourceRequirement(type: .gpu, value: "\(gpus)")] }
            return container
        }
        let kinds: [(String, [ECS.ContainerDefinition], ECS.NetworkMode?)] = [
            ("small", [container(cpu: 64, memory: 64)], nil),
            ("large", [container(cpu: 1024, memory: 3000)], nil),
            ("static", [container(cpu: 64, memory: 64, ports: [.init(containerPort: 80, hostPort: 8080)])], nil),
            (
                "dynamic",
                [container(cpu: 64, memory: 64, ports: [.init(containerPort: 80), .init(containerPort: 81)])], nil
            ),
            ("range", [container(cpu: 64, memory: 64, ports: [.init(containerPortRange: "9000-9009")])], nil),
            ("gpu", [container(cpu: 64, memory: 64, gpus: 1)], nil),
            ("interface", [container(cpu: 64, memory: 64, ports: [.init(containerPort: 80)])], .awsvpc),
        ]
        for (family, containers, mode) in kinds {
            var request = ECS.RegisterTaskDefinitionRequest()
            request.family = family
            request.containerDefinitions = containers
            request.networkMode = mode
            _ = try await simulation.plane.call(ECS.RegisterTaskDefinition.self, request)
            definitions.append(family)
        }
    }

    /// One thing that a client does.
    func act() async throws {
        do {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<45: try await run()
            case 45..<55: try await repeatRun()
            case 55..<75: try await stop()
            case 75..<85: try await setState()
            case 85..<90: try await start()
            case 90..<97: try await label()
            default: try await deregister()
            }
        } catch let error as AWSError {
            // Refusals are right answers here. A server at fault is not, but for a disk that failed.
            guard error.httpStatus < 500 || simulation.plane.state.failure != nil else {
                throw Invariants.Violation(description: "a client got \(error)")
            }
        }
    }

    private func run() async throws {
        guard let definition = definitions.randomElement(using: &random) else { return }
        var request = ECS.RunTaskRequest()
        request.taskDefinition = definition
        request.count = Int.random(in: 1...10, using: &random)
        request.group = Bool.random(using: &random) ? "group-\(Int.random(in: 0..<3, using: &random))" : nil
        request.placementStrategy = strategies()
        request.placementConstraints = constraints()
        if definition == "interface" {
            let subnets = simulation.plane.state.peek { tables in
                ["us-east-1a", "us-east-1b", "us-east-1c"].compactMap { tables.networks.subnet(in: $0)?.id.rawValue }
            }
            guard !subnets.isEmpty else { return }
            request.networkConfiguration = .init(awsvpcConfiguration: .init(subnets: subnets))
        }
        if random.happens(0.3) {
            tokens += 1
            request.clientToken = "token-\(tokens)"
        }
        try await run(request)
    }

    private func run(_ request: ECS.RunTaskRequest) async throws {
        let response = try await simulation.plane.call(ECS.RunTask.self, request)
        try checkConstraints(request, response.tasks ?? [])
        let arns = (response.tasks ?? []).compactMap(\.taskArn)
        guard arns.count == Set(arns).count, arns.count <= request.count ?? 1 else {
            throw Invariants.Violation(description: "RunTask of \(request.count ?? 1) gave \(arns)")
        }
        launched += arns.count
        for arn in arns { if let id = TaskID(arn: arn) { invariants.acknowledge(id) } }
        taskArns += arns
        if request.clientToken != nil, !arns.isEmpty {
            repetitions.append(Repetition(request: request, taskArns: arns))
        }
    }

    private func strategies() -> [ECS.PlacementStrategy]? {
        switch Int.random(in: 0..<7, using: &random) {
        case 0:
            [.init(field: "attribute:ecs.availability-zone", type: .spread), .init(field: "instanceId", type: .spread)]
        case 1: [.init(field: "memory", type: .binpack)]
        case 2: [.init(field: "attribute:ecs.availability-zone", type: .spread), .init(field: "cpu", type: .binpack)]
        case 3: [.init(field: "instanceId", type: .spread)]
        case 4: [.init(field: "attribute:colour", type: .spread), .init(field: "memory", type: .binpack)]
        default: nil
        }
    }

    private func constraints() -> [ECS.PlacementConstraint]? {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: [.init(type: .distinctInstance)]
        case 1: [.init(expression: "attribute:colour == red", type: .memberOf)]
        case 2: [.init(expression: "attribute:colour exists", type: .memberOf), .init(type: .distinctInstance)]
        default: nil
        }
    }

    /// Whether the tasks are where their request allows them to be, at the moment at which they were placed.
    private func checkConstraints(_ request: ECS.RunTaskRequest, _ tasks: [ECS.Task]) throws {
        let placed = tasks.compactMap { $0.containerInstanceArn.flatMap(ARN.init)?.resourcePath.last }
            .map { ContainerInstanceID($0) }
        for constraint in request.placementConstraints ?? [] {
            if constraint.type == .distinctInstance {
                let ofGroup = simulation.plane.state.peek { tables in
                    placed.map { instance in
                        var count = 0
                        tables.tasks.assigned(to: instance).forEach(after: nil) { sequence in
                            let task = tables.tasks[sequence: sequence]
                            // ECS looks at the desired status: one that is being stopped does not count.
                            if task?.group == tasks.first?.group, task?.desiredStatus == .running { count += 1 }
                            return true
                        }
                        return count
                    }
                }
                guard ofGroup.allSatisfy({ $0 == 1 }) else {
                    throw Invariants.Violation(description: "distinctInstance was not kept on \(placed): \(ofGroup)")
                }
                continue
            }
            for instance in placed {
                let colour = simulation.plane.state.peek { $0.containerInstances[instance]?.attribute("colour") }
                let isMember = constraint.expression?.hasSuffix("red") == true ? colour == "red" : colour != nil
                guard isMember else {
                    throw Invariants.Violation(
                        description: "a task with \(constraint) is on \(instance), of colour \(colour as Any)")
                }
            }
        }
    }

    /// The same request under the same token does nothing more, also after a restart.
    private func repeatRun() async throws {
        guard let earlier = repetitions.randomElement(using: &random) else { return }
        let response = try await simulation.plane.call(ECS.RunTask.self, earlier.request)
        let arns = (response.tasks ?? []).compactMap(\.taskArn)
        guard arns == earlier.taskArns else {
            throw Invariants.Violation(description: "a repeated RunTask gave \(arns), the first \(earlier.taskArns)")
        }
    }

    private func stop() async throws {
        guard let arn = taskArns.randomElement(using: &random) else { return }
        _ = try await simulation.plane.call(ECS.StopTask.self, .init(reason: "enough", task: arn))
    }

    private func start() async throws {
        guard let definition = definitions.dropLast().randomElement(using: &random), let instance = anInstance() else {
            return
        }
        var request = ECS.StartTaskRequest()
        request.taskDefinition = definition
        request.containerInstances = [instance]
        let response = try await simulation.plane.call(ECS.StartTask.self, request)
        for arn in (response.tasks ?? []).compactMap(\.taskArn) {
            launched += 1
            taskArns.append(arn)
            if let id = TaskID(arn: arn) { invariants.acknowledge(id) }
        }
    }

    private func setState() async throws {
        guard let instance = anInstance() else { return }
        let status: ECS.ContainerInstanceStatus = random.happens(0.4) ? .draining : .active
        _ = try await simulation.plane.call(
            ECS.UpdateContainerInstancesState.self, .init(containerInstances: [instance], status: status))
    }

    private func label() async throws {
        guard let instance = anInstance() else { return }
        let value = ["red", "green", "blue"].randomElement(using: &random)
        _ = try await simulation.plane.call(
            ECS.PutAttributes.self,
            .init(attributes: [.init(name: "colour", targetId: instance, targetType: .containerInstance, value: value)])
        )
    }

    private func deregister() async throws {
        guard let instance = anInstance() else { return }
        _ = try await simulation.plane.call(
            ECS.DeregisterContainerInstance.self, .init(containerInstance: instance, force: Bool.random(using: &random))
        )
    }

    private func anInstance() -> String? {
        guard simulation.hostCount > 0 else { return nil }
        let number = Int.random(in: 0..<simulation.hostCount, using: &random)
        return simulation.host(number).containerInstanceArn
    }

    /// What a client sees that asks for all its tasks: each is there, and none twice.
    func describeAll() async throws {
        for start in stride(from: 0, to: taskArns.count, by: 100) {
            let asked = Array(taskArns[start..<min(start + 100, taskArns.count)])
            let response = try await simulation.plane.call(ECS.DescribeTasks.self, .init(tasks: asked))
            guard response.tasks?.count == asked.count else {
                throw Invariants.Violation(description: "DescribeTasks misses \(response.failures ?? [])")
            }
        }
    }
}
