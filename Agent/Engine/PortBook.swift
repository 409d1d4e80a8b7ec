import AgentProtocol
import AgentRuntime
import FoundationEssentials

/// The host ports that this host's tasks hold, and the tasks that wait for one: first come, first served.
///
/// A task keeps its ports until it is STOPPED, so one that takes over a port waits, PENDING, for the one before.
///
/// - Source: spec/ecs-runtime.md section 4, "Host accounting".
struct PortBook {
    struct Port: Hashable {
        var number: Int
        var transportProtocol: PortBinding.TransportProtocol

        init(number: Int, transportProtocol: PortBinding.TransportProtocol) {
            self.number = number
            self.transportProtocol = transportProtocol
        }

        init(_ port: ContainerLaunch.PublishedPort) {
            self.init(number: port.hostPort, transportProtocol: port.transportProtocol == .udp ? .udp : .tcp)
        }
    }

    /// Where dynamic host ports come from.
    private let dynamicRange: ClosedRange<Int>
    /// Ports that no task may have.
    private let reserved: Set<Port>
    private var holders: [Port: String] = [:]
    /// When a container's ports were given back.
    private var givenBack: [Port: Date] = [:]
    private var waiting: [(task: String, ports: Set<Port>)] = []

    init(dynamicRange: ClosedRange<Int> = 32768...60999, reserved: Set<Port> = []) {
        self.dynamicRange = dynamicRange
        self.reserved = reserved
    }

    static func ports(_ bindings: [PortBinding]) -> Set<Port> {
        bindings.reduce(into: []) { ports, binding in
            ports.formUnion(binding.hostPorts.map { Port(number: $0, transportProtocol: binding.transportProtocol) })
        }
    }

    /// - Returns: nil if the task has its ports, else a task that is in its way.
    mutating func reserve(_ ports: Set<Port>, for task: String) -> String? {
        if let other = obstacle(ports, for: task) {
            waiting.append((task, ports))
            return other
        }
        for port in ports { holders[port] = task }
        return nil
    }

    /// Takes ports without asking: a task that the journal knows has them.
    mutating func take(_ ports: Set<Port>, for task: String) {
        for port in ports { holders[port] = task }
    }

    /// Gives back everything that a task holds or waits for.
    ///
    /// - Parameter hadContainers: whether a container had them.
    /// - Returns: the tasks that have their ports now.
    mutating func release(_ task: String, hadContainers: Bool, at now: Date) -> [String] {
        givenBack = givenBack.filter { now.timeIntervalSince($0.value) < EngineLimits.portReleaseSeconds }
        if hadContainers {
            for (port, holder) in holders where holder == task { givenBack[port] = now }
        }
        holders = holders.filter { $0.value != task }
        waiting.removeAll { $0.task == task }
        var served: [String] = []
        var stillWaiting: [(task: String, ports: Set<Port>)] = []
        // What waits in front of the line keeps those behind it off its ports.
        var claimed: Set<Port> = []
        for entry in waiting {
            if claimed.isDisjoint(with: entry.ports), obstacle(entry.ports, for: entry.task) == nil {
                for port in entry.ports { holders[port] = entry.task }
                served.append(entry.task)
            } else {
                claimed.formUnion(entry.ports)
                stillWaiting.append(entry)
            }
        }
        waiting = stillWaiting
        return served
    }

    /// Whether it may be one of our own containers that still has the port: an engine tells of a container's end first,
    /// and lets go of its ports then.
    func mayStillBeOurs(_ port: Port, at now: Date) -> Bool {
        givenBack[port].map { now.timeIntervalSince($0) < EngineLimits.portReleaseSeconds } ?? false
    }

    /// Swaps the dynamic port of a binding for another that no task has. Of a range, all ports are swapped.
    ///
    /// - Returns: the first of the new ports; nil if there are not so many free ones in a row.
    mutating func replace(
        _ binding: PortBinding, for task: String, using generator: inout some RandomNumberGenerator
    ) -> Int? {
        let old = binding.hostPorts
        let start = Int.random(in: 0..<dynamicRange.count, using: &generator)
        var row = 0
        // Once round, and on through what a row that began before the start still needs.
        for offset in 0..<dynamicRange.count + old.count {
            let number = dynamicRange.lowerBound + (start + offset) % dynamicRange.count
            let port = Port(number: number, transportProtocol: binding.transportProtocol)
            if number == dynamicRange.lowerBound { row = 0 }
            row = holders[port] == nil && !reserved.contains(port) && !old.contains(number) ? row + 1 : 0
            guard row == old.count else { continue }
            let first = number - old.count + 1
            for number in old {
                let port = Port(number: number, transportProtocol: binding.transportProtocol)
                if holders[port] == task { holders[port] = nil }
            }
            for number in first...number {
                holders[Port(number: number, transportProtocol: binding.transportProtocol)] = task
            }
            return first
        }
        return nil
    }

    private func obstacle(_ ports: Set<Port>, for task: String) -> String? {
        let held = ports.compactMap { holders[$0] }.filter { $0 != task }
        let claimed = waiting.filter { $0.task != task && !$0.ports.isDisjoint(with: ports) }.map(\.task)
        return (held + (waiting.contains { $0.task == task } ? [] : claimed)).min()
    }
}
