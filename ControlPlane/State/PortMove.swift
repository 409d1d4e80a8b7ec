import AWSModels
import Placement

/// A dynamic port, or a range of them, that the host gave up for another because someone outside of ECS held it.
struct PortMove: Sendable {
    fileprivate var container: Int
    fileprivate var assignment: Int
    /// Ranges of one port, where a single port moved.
    var old: HostPortRange
    var new: HostPortRange
    /// Whether it is a `containerPortRange`'s.
    var isRange: Bool
}

extension TaskRecord {
    /// Where the reported bindings differ from what placement assigned.
    func portMoves() -> [PortMove] {
        var moves: [PortMove] = []
        for (containerIndex, container) in containers.enumerated() {
            for binding in container.networkBindings {
                guard let kind = PortProtocol(rawValue: binding.protocol?.rawValue ?? "tcp"),
                    let reported = binding.reportedPorts(kind),
                    let index = container.portAssignments.firstIndex(where: { $0.isDynamic(reported, kind) })
                else { continue }
                let assignment = container.portAssignments[index]
                guard assignment.hostPort.number != reported.host.numbers.lowerBound,
                    let old = assignment.hostPorts
                else { continue }
                moves.append(
                    PortMove(
                        container: containerIndex, assignment: index, old: old, new: reported.host,
                        isRange: assignment.portCount != nil))
            }
        }
        return moves
    }

    mutating func apply(_ move: PortMove) {
        let port = HostPort(move.new.protocol, move.new.numbers.lowerBound)
        containers[move.container].portAssignments[move.assignment].hostPort = port
        if move.isRange {
            reservation.replace(move.old, with: move.new)
        } else {
            let old = HostPort(move.old.protocol, move.old.numbers.lowerBound)
            if let index = reservation.dynamicPorts.firstIndex(of: old) { reservation.dynamicPorts[index] = port }
        }
    }
}

extension HostIndex {
    /// - Returns: whether the books have the new ports now.
    mutating func reassign(_ move: PortMove, of task: TaskID) -> Bool {
        let outcome =
            move.isRange
            ? reassignRange(of: task, from: move.old, to: move.new)
            : reassignPort(
                of: task, protocol: move.old.protocol, from: move.old.numbers.lowerBound,
                to: move.new.numbers.lowerBound)
        return outcome == .reassigned
    }
}

extension PortAssignment {
    fileprivate func isDynamic(_ reported: ECS.NetworkBinding.ReportedPorts, _ kind: PortProtocol) -> Bool {
        isDynamic && containerPort == reported.container && hostPort.protocol == kind
            && portCount == reported.count
    }

    /// Nil if they would end beyond the last port that there is.
    fileprivate var hostPorts: HostPortRange? {
        guard let last = UInt16(exactly: Int(hostPort.number) + (portCount ?? 1) - 1) else { return nil }
        return HostPortRange(hostPort.protocol, hostPort.number...last)
    }
}

extension ECS.NetworkBinding {
    fileprivate struct ReportedPorts {
        /// The first, of a range.
        var container: Int
        var host: HostPortRange
        /// Nil for a single port.
        var count: Int?
    }

    /// Nil for a binding that says neither, or something that cannot be.
    fileprivate func reportedPorts(_ kind: PortProtocol) -> ReportedPorts? {
        if let containerPort, let port = hostPort.flatMap(UInt16.init(exactly:)), port > 0 {
            return ReportedPorts(container: containerPort, host: HostPortRange(kind, port...port))
        }
        guard let container = containerPortRange.flatMap(HostPortRange.numbers),
            let host = hostPortRange.flatMap(HostPortRange.numbers), container.count == host.count
        else { return nil }
        return ReportedPorts(
            container: Int(container.lowerBound), host: HostPortRange(kind, host), count: container.count)
    }
}
