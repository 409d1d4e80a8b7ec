import AgentProtocol

/// The host ports that this host's tasks hold, and the tasks that wait for one: first come, first served.
///
/// A task keeps its ports until it is STOPPED, so one that takes over a port waits, PENDING, for the one before.
///
/// - Source: spec/ecs-runtime.md section 4, "Host accounting".
struct PortBook {
    struct Port: Hashable {
        var number: Int
        var transportProtocol: PortBinding.TransportProtocol
    }

    /// Where ECS takes dynamic host ports from.
    static let dynamicRange = 32768...60999

    private var holders: [Port: String] = [:]
    private var waiting: [(task: String, ports: Set<Port>)] = []

    static func ports(_ bindings: [PortBinding]) -> Set<Port> {
        Set(bindings.map { Port(number: $0.hostPort, transportProtocol: $0.transportProtocol) })
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
    /// - Returns: the tasks that have their ports now.
    mutating func release(_ task: String) -> [String] {
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

    /// Swaps a dynamic port for another that no task has.
    ///
    /// - Returns: nil if all are taken.
    mutating func replace(
        _ port: Port, for task: String, using generator: inout some RandomNumberGenerator
    ) -> Int? {
        let count = Self.dynamicRange.count
        let start = Int.random(in: 0..<count, using: &generator)
        for offset in 0..<count {
            let number = Self.dynamicRange.lowerBound + (start + offset) % count
            let candidate = Port(number: number, transportProtocol: port.transportProtocol)
            guard candidate != port, holders[candidate] == nil else { continue }
            holders[candidate] = task
            if holders[port] == task { holders[port] = nil }
            return number
        }
        return nil
    }

    private func obstacle(_ ports: Set<Port>, for task: String) -> String? {
        let held = ports.compactMap { holders[$0] }.filter { $0 != task }
        let claimed = waiting.filter { $0.task != task && !$0.ports.isDisjoint(with: ports) }.map(\.task)
        return (held + (waiting.contains { $0.task == task } ? [] : claimed)).min()
    }
}
