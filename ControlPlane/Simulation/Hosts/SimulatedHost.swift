import AWSModels
package import AgentProtocol
import FoundationEssentials
import Support

/// A host with its agent, as the control plane gets to see it: it joins, registers, listens, starts and stops what it is
/// assigned, and reports. A value without effects: each event gives the steps that the world has to carry out.
///
/// Two kinds of memory, as on a real host. The journal (key, instance, tasks and what was acknowledged of them) survives
/// a crash; the session does not. Containers survive a restart of the agent and not one of the host.
package struct SimulatedHost: Sendable {
    /// What happens to it, or comes to its ears.
    enum Event: Sendable {
        /// The agent begins a conversation.
        case connect
        case heard(News, session: String)
        case containersStarted(task: String)
        case containersFailed(task: String)
        /// An essential container ended by itself: of a program that does so, else after the host's lifetime of tasks.
        case containersExited(task: String)
        /// A health check has a verdict.
        case healthFound(task: String, ContainerHealth)
        /// What was asked to stop has stopped.
        case containersStopped(task: String)
    }

    /// What comes up in a conversation; it is of no interest to a later one.
    enum News: Sendable {
        case joined(key: String)
        case registered(String)
        case opened
        case told(StreamMessage)
        case answered(ReportReply, versions: [String: Int])
        case refused(HostRefusal)
        /// The batch, or its answer, got lost.
        case unanswered
        /// The stream broke, or nothing came of an attempt to open one.
        case cutOff
        case heartbeatDue
    }

    /// What it wants done.
    enum Step: Sendable {
        case after(Double, Event)
        case ask(Question, session: String)
        /// Ends the stream, if there is one.
        case hangUp
    }

    /// What it asks of the control plane.
    enum Question: Sendable {
        case join
        case register(ECS.RegisterContainerInstanceRequest)
        case open(containerInstanceArn: String)
        /// Versions say which state of which task is in the batch.
        case report(ReportBatch, versions: [String: Int])
    }

    /// A task on this host, in the words of its reports.
    package struct HostedTask: Sendable {
        package var status: TaskReport.Status = .pending
        package var isWanted = true
        /// Counts its changes: what was acknowledged of it is a number of these.
        var version = 1
        var acknowledged = 0
        var stopCode: TaskReport.StopCode?
        var stoppedReason: String?
        var exitCode: Int?
        var pullStartedAt: Date?
        var pullStoppedAt: Date?
        var executionStoppedAt: Date?
        var containers: [String]
        var bindings: [String: [PortBinding]]
        var program = SimulatedProgram.works
        /// The containers that have a health check.
        var checked: Set<String> = []
        /// What their checks say.
        package var health = ContainerHealth.unknown
        /// Whether its containers exist: what a look at the container engine would show.
        package var isRunning = false

        var mustBeReported: Bool { version > acknowledged }
    }

    struct Conversation: Sendable {
        var session: String
        /// Each registers first, since a host may have changed.
        var hasRegistered = false
        var isOpen = false
        var appliedSequence = 0
        var batch = 0
        var isBatchUnderWay = false
    }

    package let facts: SimulatedHostFacts
    package internal(set) var behaviour: HostBehaviour
    // The journal.
    package private(set) var key: String?
    package private(set) var containerInstanceArn: String?
    package internal(set) var tasks: [String: HostedTask] = [:]
    // The session.
    var conversation: Conversation?
    private var sessions = 0
    private var heartbeatSeconds = 10.0
    var random: SimulationRandom
    /// By its own clock, which may be wrong.
    var now = SimulatedClock.beginning

    init(facts: SimulatedHostFacts, behaviour: HostBehaviour, random: SimulationRandom) {
        self.facts = facts
        self.behaviour = behaviour
        self.random = random
    }

    package var isConnected: Bool { conversation?.isOpen ?? false }
    var session: String? { conversation?.session }
    /// Whether it has power.
    package private(set) var isUp = true

    // MARK: What befalls it

    /// The agent's process ends and starts again; containers go on.
    mutating func restartAgent() -> [Step] {
        conversation = nil
        return [.hangUp, .after(random.seconds(behaviour.agentRestartSeconds), .connect)]
    }

    /// Power is lost. After `seconds` it is up again, without a container; never, if nil.
    mutating func crash(upAfter seconds: Double?) -> [Step] {
        for arn in tasks.keys.sorted() { lose(arn) }
        conversation = nil
        isUp = false
        return seconds.map { [.hangUp, .after($0, .connect)] } ?? [.hangUp]
    }

    private mutating func lose(_ arn: String) {
        guard var task = tasks[arn], task.status != .stopped else { return }
        task.isRunning = false
        task.status = .stopped
        task.stopCode = task.isWanted ? .essentialContainerExited : nil
        task.stoppedReason = "the host was restarted"
        task.version += 1
        tasks[arn] = task
    }

    // MARK: Events

    /// - Parameter now: by the world's clock.
    mutating func handle(_ event: Event, at now: Date) -> [Step] {
        self.now = Timestamps.toMilliseconds(now.addingTimeInterval(behaviour.clockSkewSeconds))
        return handle(event)
    }

    private mutating func handle(_ event: Event) -> [Step] {
        switch event {
        case .connect:
            isUp = true
            guard conversation == nil else { return [] }
            sessions += 1
            conversation = Conversation(session: "\(sessions)")
            return askNext()
        case .heard(let news, let session): return conversation?.session == session ? hear(news) : []
        case .containersStarted(let arn): return started(arn)
        case .containersFailed(let arn):
            return end(arn, .taskFailedToStart, "CannotStartContainerError: it did not start", exitCode: nil)
        case .containersExited(let arn):
            guard let task = tasks[arn], task.isRunning, task.program == .crashes || behaviour.lifetimeSeconds != nil
            else { return [] }
            return end(arn, .essentialContainerExited, "Essential container in task exited", exitCode: 0)
        case .healthFound(let arn, let health): return find(health, of: arn)
        case .containersStopped(let arn): return end(arn, nil, nil, exitCode: 137)
        }
    }

    // MARK: Conversation

    mutating func hear(_ news: News) -> [Step] {
        switch news {
        case .joined(let key):
            self.key = key
            return askNext()
        case .registered(let arn):
            containerInstanceArn = arn
            conversation?.hasRegistered = true
            return askNext()
        case .opened:
            conversation?.isOpen = true
            return []
        case .told(let message): return hear(message)
        case .answered(let reply, let versions): return acknowledge(reply, versions)
        case .refused(let refusal): return recover(from: refusal)
        case .unanswered:
            conversation?.isBatchUnderWay = false
            return later(random.seconds(behaviour.retrySeconds), .heartbeatDue)
        case .cutOff: return reconnect()
        case .heartbeatDue:
            return report(evenIfEmpty: true) + later(heartbeatSeconds, .heartbeatDue)
        }
    }

    private func later(_ seconds: Double, _ news: News) -> [Step] {
        conversation.map { [.after(seconds, .heard(news, session: $0.session))] } ?? []
    }

    /// Joins once, registers in each conversation, then listens.
    private func askNext() -> [Step] {
        guard let conversation else { return [] }
        let question: Question
        if key == nil {
            question = .join
        } else if let containerInstanceArn, conversation.hasRegistered {
            question = .open(containerInstanceArn: containerInstanceArn)
        } else {
            question = .register(facts.registration(containerInstanceArn))
        }
        return [.ask(question, session: conversation.session)]
    }

    mutating func reconnect() -> [Step] {
        conversation = nil
        return [.hangUp, .after(random.seconds(behaviour.retrySeconds), .connect)]
    }

    /// As the agent's session does: an instance that is not known is registered anew, a key that is not taken is given up.
    private mutating func recover(from refusal: HostRefusal) -> [Step] {
        if refusal.isOfInstance, containerInstanceArn != nil {
            containerInstanceArn = nil
        } else if refusal.isOfInstance || refusal.isOfKey {
            key = nil
        }
        return reconnect()
    }

    mutating func hear(_ message: StreamMessage) -> [Step] {
        switch message {
        case .hello(let hello):
            heartbeatSeconds = Double(hello.heartbeatIntervalSeconds)
            // Everything that is not over is told anew.
            for arn in tasks.keys where tasks[arn]?.status != .stopped { tasks[arn]?.acknowledged = 0 }
            return later(random.seconds(0...heartbeatSeconds), .heartbeatDue)
        case .assignments(let message): return apply(message)
        case .close(let close):
            if close.reason == .inactive { containerInstanceArn = nil }
            return reconnect()
        case .network, .credentials, .ping, .unknown: return []
        }
    }

    // MARK: Reports

    private static let reportsPerBatch = 50

    mutating func report(evenIfEmpty: Bool) -> [Step] {
        guard var conversation, conversation.isOpen, !conversation.isBatchUnderWay, let containerInstanceArn else {
            return []
        }
        let due = tasks.filter { $0.value.mustBeReported }.sorted { $0.key < $1.key }.prefix(Self.reportsPerBatch)
        guard evenIfEmpty || !due.isEmpty else { return [] }
        conversation.batch += 1
        conversation.isBatchUnderWay = true
        self.conversation = conversation
        let batch = ReportBatch(
            containerInstanceArn: containerInstanceArn, sessionID: conversation.session, batch: conversation.batch,
            appliedSequence: conversation.appliedSequence, reports: due.map { Self.report($0.key, $0.value) })
        let versions = Dictionary(uniqueKeysWithValues: due.map { ($0.key, $0.value.version) })
        return [.ask(.report(batch, versions: versions), session: conversation.session)]
    }

    static func report(_ arn: String, _ task: HostedTask) -> TaskReport {
        let containers = task.containers.map { name in
            ContainerReport(
                name: name,
                status: task.status == .stopped ? .stopped : task.isRunning ? .running : .pending,
                runtimeID: task.status == .pending ? nil : "runtime-of-\(name)", exitCode: task.exitCode,
                networkBindings: task.isRunning ? task.bindings[name] ?? [] : [],
                health: task.checked.contains(name) ? task.health : nil)
        }
        return TaskReport(
            taskArn: arn, status: task.status, stopCode: task.stopCode, stoppedReason: task.stoppedReason,
            pullStartedAt: task.pullStartedAt, pullStoppedAt: task.pullStoppedAt,
            executionStoppedAt: task.executionStoppedAt, containers: containers)
    }

    private mutating func acknowledge(_ reply: ReportReply, _ versions: [String: Int]) -> [Step] {
        for (arn, version) in versions where version > tasks[arn]?.acknowledged ?? version {
            tasks[arn]?.acknowledged = version
        }
        for arn in reply.unknownTaskArns where tasks[arn]?.status == .stopped { tasks[arn] = nil }
        conversation?.isBatchUnderWay = false
        return report(evenIfEmpty: false)
    }
}
