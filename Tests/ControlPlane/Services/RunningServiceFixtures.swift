import ControlPlaneAPI
import ControlPlaneState
import Controllers
import Foundation
import ServiceScheduler
import Support

/// A control plane whose services run, with hosts that do at once what they are asked: tasks run, those of a definition
/// whose family begins with `bad` fail to start, and those that are to stop are STOPPED.
struct RunningServices {
    let plane: TestControlPlane
    let controller: ServiceController

    /// - Parameter starter: nil for the control plane's own.
    init(plane: TestControlPlane, starter: (any TaskStarter)? = nil) {
        self.plane = plane
        let clock = plane.clock
        controller = ServiceController(
            state: plane.state, starter: starter ?? plane.service, settings: .init(agentTimeoutSeconds: 30),
            now: { clock.now }, random: plane.context.random, log: .discarding)
        plane.state.add(observer: controller)
    }

    /// With so many hosts, each in a zone of its own.
    static func with(
        hosts: Int = 2, store: FakeStore = FakeStore(), roles: any RoleCredentialsProvider = NoRoleCredentials()
    ) async throws -> RunningServices {
        let services = RunningServices(plane: try TestControlPlane(store: store, roles: roles))
        _ = try await services.plane.call("CreateCluster")
        for number in 0..<hosts { try await services.addHost(zone: "zone-\(number)") }
        for family in ["web", "web", "bad"] { try await services.plane.registerTaskDefinition(family, cpu: 1) }
        return services
    }

    @discardableResult
    func addHost(zone: String, cpu: Int = 2048, attributes: [String: String] = [:]) async throws -> String {
        let resources: [[String: Any]] = [
            ["name": "CPU", "type": "INTEGER", "integerValue": cpu],
            ["name": "MEMORY", "type": "INTEGER", "integerValue": 100_000],
        ]
        let all = attributes.merging(["ecs.availability-zone": zone]) { $1 }
        let list = all.map { ["name": $0.key, "value": $0.value] }
        let input: [String: Any] = ["totalResources": resources, "attributes": list]
        return try await plane.call("RegisterContainerInstance", input).object("containerInstance")
            .text("containerInstanceArn")
    }

    // MARK: Time

    /// The controller and the hosts act until nobody has anything to do.
    func settle() async throws {
        for _ in 0..<50 {
            plane.state.drain()
            await controller.settle()
            plane.state.drain()
            if try await !actAsHosts() { return }
        }
    }

    /// A second at a time, as wake times may be any.
    func pass(_ seconds: Int) async throws {
        for _ in 0..<seconds {
            plane.clock.advance(by: 1)
            try await settle()
        }
    }

    /// - Returns: whether there was anything to do.
    private func actAsHosts() async throws -> Bool {
        let now = plane.clock.now
        return try await plane.state.transact { tx in
            var isBusy = false
            for task in tx.tasks(of: .default)
            where tx.containerInstances[task.containerInstance]?.agentConnected == true {
                let isBad = task.taskDefinition.family.hasPrefix("bad")
                switch (task.desiredStatus, task.lastStatus) {
                case (.stopped, _):
                    tx.observe(TaskObservation(status: .stopped), of: task, now: now)
                case (.running, .pending) where isBad:
                    let end = TaskObservation(
                        status: .stopped, stopCode: .taskFailedToStart, stoppedReason: "CannotPullContainerError")
                    tx.observe(end, of: task, now: now)
                case (.running, .provisioning), (.running, .pending):
                    tx.observe(TaskObservation(status: .running), of: task, now: now)
                default: continue
                }
                isBusy = true
            }
            return isBusy
        }
    }

    // MARK: What there is

    func tasks(_ service: String = "s") -> [TaskRecord] {
        plane.state.peek { tx in tx.serviceTasks.filter { $0.group == "service:\(service)" } }
    }

    func messages(_ service: String = "s") async throws -> [String] {
        try await plane.describeService(service).list("events").map { $0.text("message") }.reversed()
    }

    /// All that are not STOPPED, whoever started them.
    var allTasks: [TaskRecord] { plane.state.peek { $0.tasks(of: .default) } }

    /// The host says that the task's container has exited.
    func kill(_ task: TaskRecord) async throws {
        let now = plane.clock.now
        try await plane.state.transact { tx in
            guard let task = tx.tasks[task.id] else { return }
            _ = tx.observe(
                TaskObservation(status: .stopped, stopCode: .essentialContainerExited), of: task, now: now)
        }
    }

    /// The agent of the host is there, or is not.
    func setConnected(_ isConnected: Bool, _ arn: String) async throws {
        let id = ContainerInstanceID(String(arn.split(separator: "/").last ?? ""))
        let now = plane.clock.now
        try await plane.state.transact { tx in
            guard var instance = tx.containerInstances[id] else { return }
            instance.agentConnected = isConnected
            instance.connectivityAt = now
            tx.put(instance)
        }
    }
}

extension Tables {
    /// Those that are not STOPPED, in the order in which they were made.
    fileprivate borrowing func tasks(of cluster: ClusterName) -> [TaskRecord] {
        var found: [TaskRecord] = []
        for status in [DesiredStatus.running, .stopped] {
            tasks.select(.all, cluster: cluster, desiredStatus: status).forEach(after: nil) { sequence in
                if let task = tasks[sequence: sequence], task.lastStatus != .stopped { found.append(task) }
                return true
            }
        }
        return found.sorted { $0.sequence < $1.sequence }
    }

    fileprivate var serviceTasks: [TaskRecord] { tasks(of: .default).filter { $0.launch.deployment != nil } }
}
