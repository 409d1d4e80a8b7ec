import AgentJournal
import AgentProtocol
import FoundationEssentials

/// Who waits for whom.
///
/// A container has started only after those that it waits for, so those that have started never wait in a circle.
///
/// - Source: spec/ecs-runtime.md section 2.1; API Reference, ContainerDependency.
extension TaskMachine {
    /// Another container, and what has to be true of it.
    struct Edge: Hashable {
        enum Condition: Hashable {
            case depends(ContainerDependency.Condition)
            /// `links`: it has to run, for its name to lead anywhere.
            case runs
            /// `volumesFrom`: it has to be there, running or not.
            case exists

            /// Whether `startTimeout` of the other one is about this.
            var isTimed: Bool {
                switch self {
                case .depends(.complete), .depends(.success), .depends(.healthy): true
                case .depends(.start), .runs, .exists: false
                }
            }
        }

        var target: String
        var condition: Condition
    }

    enum Standing: Hashable {
        case met, open
        /// It never will be, and this is why.
        case hopeless(String)
    }

    func edges(_ name: String) -> [Edge] {
        guard let specification = specification(name) else { return [] }
        let dependencies = (specification.dependsOn ?? []).map { dependency in
            Edge(target: dependency.containerName, condition: .depends(dependency.condition))
        }
        let links = (specification.settings?.links ?? []).map { link in
            Edge(target: String(link.prefix { $0 != ":" }), condition: .runs)
        }
        let volumes = (specification.volumesFrom ?? []).map { Edge(target: $0.sourceContainer, condition: .exists) }
        return dependencies + links + volumes
    }

    func standing(_ edge: Edge) -> Standing {
        let standing = standingByNow(edge)
        guard standing == .open, edge.condition.isTimed, startTimers[edge.target] == true else { return standing }
        return .hopeless("container \(edge.target) did not get there within its startTimeout")
    }

    private func standingByNow(_ edge: Edge) -> Standing {
        let name = edge.target
        guard let target = container(name) else { return .hopeless("there is no container \(name) in the task") }
        let isStopped = target.phase == .stopped
        // What was made and would not start is there all the same.
        if edge.condition == .exists, isStopped, target.runtimeID != nil { return .met }
        if isStopped, !target.hasStarted { return .hopeless("container \(name) has not started and will not start") }
        switch edge.condition {
        case .depends(.start), .exists:
            return target.hasStarted ? .met : .open
        case .runs:
            if isStopped { return .hopeless("container \(name), which it links to, has stopped") }
            return target.hasStarted ? .met : .open
        case .depends(.complete):
            guard isStopped else { return .open }
            return target.exitCode == nil ? .hopeless("nobody knows how container \(name) ended") : .met
        case .depends(.success):
            guard isStopped else { return .open }
            guard let code = target.exitCode else { return .hopeless("nobody knows how container \(name) ended") }
            return code == 0 ? .met : .hopeless("container \(name) ended with exit code \(code)")
        case .depends(.healthy):
            if target.health == nil { return .hopeless("container \(name) has no health check") }
            if isStopped { return .hopeless("container \(name) has stopped") }
            return target.health == .healthy ? .met : .open
        }
    }

    /// Where a container stands with all that it waits for.
    func standing(_ name: String) -> Standing {
        let all = edges(name).map(standing)
        return all.first { if case .hopeless = $0 { true } else { false } } ?? (all.contains(.open) ? .open : .met)
    }

    /// Whether any container that has not stopped depends on this one.
    func hasDependants(_ name: String) -> Bool {
        record.containers.contains { other in
            other.phase != .stopped && edges(other.name).contains { $0.target == name }
        }
    }

    /// Ends the task if a container in it can never start.
    mutating func endIfHopeless() {
        for container in record.containers where container.isYetToStart {
            guard case .hopeless(let detail) = standing(container.name) else { continue }
            let reason = "TaskDependencyError: container \(container.name) cannot start: \(detail)"
            update(container.name, in: [container.phase]) { $0.reason = Self.cut(reason) }
            end(.taskFailedToStart, reason: reason)
            return
        }
    }

    /// Has the time counted, from its start on, that others wait for a container.
    mutating func timeStarts(now: Date) -> [Directive] {
        record.containers.compactMap { container in
            guard let seconds = specification(container.name)?.startTimeoutSeconds, let start = container.startedAt,
                startTimers[container.name] == nil, isWaitedFor(container.name)
            else { return nil }
            startTimers[container.name] = false
            // The clock may have been set, either way, while the agent was away.
            let left = Double(seconds) - now.timeIntervalSince(start)
            return .timeStart(container.name, seconds: min(max(left, 0), Double(seconds)))
        }
    }

    private func isWaitedFor(_ name: String) -> Bool {
        record.containers.contains { other in
            other.isYetToStart
                && edges(other.name).contains { $0.target == name && $0.condition.isTimed && standing($0) == .open }
        }
    }
}

extension ContainerRecord {
    fileprivate var isYetToStart: Bool { [.none, .pulling, .pulled].contains(phase) }
}
