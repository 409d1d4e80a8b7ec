import AgentProtocol

/// What goes into a simulation's digest of its events.
extension SimulatedHost.Event {
    /// Whether it ends with the agent's process; what happens to containers does not.
    var isOfAgent: Bool {
        switch self {
        case .connect, .heard: true
        case .containersStarted, .containersFailed, .containersExited, .healthFound, .containersStopped: false
        }
    }

    var name: String {
        switch self {
        case .connect: "connect"
        case .heard(let news, let session): "\(session) \(news.name)"
        case .containersStarted(let task): "started \(task)"
        case .containersFailed(let task): "failed \(task)"
        case .containersExited(let task): "exited \(task)"
        case .containersStopped(let task): "stopped \(task)"
        case .healthFound(let task, let health): "\(health.rawValue) \(task)"
        }
    }
}

extension SimulatedHost.News {
    var name: String {
        switch self {
        case .joined(let key): "joined \(key)"
        case .registered(let arn): "registered \(arn)"
        case .opened: "opened"
        case .told(.assignments(let message)): "assignments \(message.sequence) \(message.tasks.map(\.taskArn))"
        case .told: "told"
        case .answered(let reply, _): "answered \(reply.batch) \(reply.unknownTaskArns)"
        case .refused(let refusal): "refused \(refusal.code)"
        case .unanswered: "unanswered"
        case .cutOff: "cut off"
        case .heartbeatDue: "heartbeat"
        }
    }
}

extension SimulatedHost.Question {
    var isReport: Bool { if case .report = self { true } else { false } }

    /// What a host learns if the question, or its answer, gets lost.
    var lost: SimulatedHost.News { isReport ? .unanswered : .cutOff }

    var name: String {
        switch self {
        case .join: "joins"
        case .register: "registers"
        case .open: "opens"
        case .report(let batch, _): "reports \(batch.batch) \(batch.reports.map(\.status.rawValue))"
        }
    }
}
