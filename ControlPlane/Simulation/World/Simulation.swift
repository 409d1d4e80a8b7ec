import AWSProtocol
import AgentGateway
import AgentProtocol
package import ControlPlaneState
import Controllers
import Support
import Synchronization

/// A control plane, its hosts and the network between them, on simulated time.
///
/// ```
/// events, in order of time ──▶ one at a time ──▶ control plane (real) ──▶ durable ──▶ changes
///      ▲                            │ hosts (simulated)                               │
///      └── answers, messages, delays ◀───────────── streams that have news ◀──────────┘
/// ```
/// One event after the other, each to its end, with all luck drawn from one seed: the same seed is the same run, which
/// ``digest`` shows.
package final class Simulation {
    /// What is to happen at a time: to the whole of it, under a name that goes into the ``digest``.
    package typealias Action = (Simulation) async throws -> Void

    private enum Event {
        case host(Int, SimulatedHost.Event, boot: Int, process: Int)
        /// A request arrives at the control plane. Its answer is lost on the way back, or comes after `latency`.
        case arrival(Int, SimulatedHost.Question, session: String, process: Int, latency: Double?)
        case controllers
        case action(String, Action)
    }

    /// A host, and what the world keeps of it.
    private struct Member {
        var host: SimulatedHost
        /// Counts power failures: what was under way before one is void.
        var boot = 0
        /// Counts the agent's starts.
        var process = 0
        var stream: AgentStream?
        var isPartitioned = false
    }

    package struct Settings: Sendable {
        package var seed: UInt64
        package var network = SimulatedNetwork()
        /// After how long without a word an agent counts as disconnected.
        package var agentTimeoutSeconds = 30
        /// How often the controllers look, in seconds.
        package var controllerSeconds = 3.0

        package init(seed: UInt64) { self.seed = seed }
    }

    package let clock = SimulatedClock()
    package let store = MemoryStore()
    package var random: SimulationRandom
    package var network: SimulatedNetwork
    package private(set) var plane: SimulatedControlPlane
    /// Called after each event with what it changed, in order, all of it durable.
    package var observe: (([Change]) async throws -> Void)?
    /// Called when a control plane has started on what the one before left behind.
    package var observeRestart: (() async throws -> Void)?
    /// How many events there were.
    package private(set) var eventCount = 0
    /// Of all events so far, in order: two runs with one digest went the same way.
    package private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    private let settings: Settings
    private let planeRandom: RandomSource
    private var queue = EventQueue<Event>()
    private var members: [Member] = []
    private var memberOfInstance: [ContainerInstanceID: Int] = [:]
    private var changes = ChangeCollector()

    /// - Throws: what a control plane throws that cannot start on an empty store.
    package init(_ settings: Settings) async throws {
        self.settings = settings
        network = settings.network
        random = SimulationRandom(seed: settings.seed)
        planeRandom = RandomSource(random.fork())
        plane = try await SimulatedControlPlane(
            store: store, clock: clock, random: planeRandom, agentTimeoutSeconds: settings.agentTimeoutSeconds)
        plane.state.add(observer: changes)
        queue.schedule(.controllers, at: settings.controllerSeconds)
    }

    // MARK: Hosts

    package var hostCount: Int { members.count }

    package func host(_ number: Int) -> SimulatedHost { members[number].host }

    /// Which host this container instance is; nil for one that nobody is.
    package func host(of instance: ContainerInstanceID) -> Int? { memberOfInstance[instance] }

    /// Adds a host that is up after `seconds`.
    ///
    /// - Returns: its number.
    @discardableResult
    package func addHost(
        _ facts: SimulatedHostFacts, behaviour: HostBehaviour = HostBehaviour(), upAfter seconds: Double = 0
    ) -> Int {
        members.append(Member(host: SimulatedHost(facts: facts, behaviour: behaviour, random: random.fork())))
        schedule(.connect, of: members.count - 1, after: seconds)
        return members.count - 1
    }

    /// Power is lost; it comes back after `seconds`, or never.
    package func crashHost(_ number: Int, upAfter seconds: Double?) async throws {
        members[number].boot += 1
        members[number].process += 1
        try await carryOut(members[number].host.crash(upAfter: seconds), of: number)
    }

    package func restartAgent(_ number: Int) async throws {
        members[number].process += 1
        try await carryOut(members[number].host.restartAgent(), of: number)
    }

    /// Cuts a host off from the control plane, or connects it again. Neither side is told.
    package func setPartitioned(_ isPartitioned: Bool, host number: Int) {
        members[number].isPartitioned = isPartitioned
    }

    // MARK: Time

    /// Has something happen after `seconds`.
    package func schedule(_ name: String, after seconds: Double, _ action: @escaping Action) {
        queue.schedule(.action(name, action), at: clock.seconds + seconds)
    }

    /// Lets events happen until so many seconds since the beginning have passed.
    ///
    /// - Throws: what an action or ``observe`` throws.
    package func run(until seconds: Double) async throws {
        while let time = queue.nextTime, time <= seconds, let (_, event) = queue.next() {
            clock.advance(to: time)
            try await happen(event)
        }
        clock.advance(to: seconds)
    }

    private func happen(_ event: Event) async throws {
        eventCount += 1
        switch event {
        case .host(let number, let event, let boot, let process):
            guard members[number].boot == boot, !event.isOfAgent || members[number].process == process else { return }
            note(number, "\(event.name)")
            try await carryOut(members[number].host.handle(event), of: number)
        case .arrival(let number, let question, let session, let process, let latency):
            note(number, question.name)
            try await answer(question, of: number, session: session, process: process, latency: latency)
        case .controllers:
            await plane.liveness.check()
            await plane.expiry.pass()
            queue.schedule(.controllers, at: clock.seconds + settings.controllerSeconds)
        case .action(let name, let action):
            note(-1, name)
            try await action(self)
        }
        try await settle()
    }

    private func note(_ number: Int, _ name: String) {
        func mix(_ value: UInt64) { digest = (digest ^ value) &* 0x100_0000_01B3 }
        mix(UInt64(bitPattern: Int64(number)))
        mix(clock.seconds.bitPattern)
        for byte in name.utf8 { mix(UInt64(byte)) }
    }

    /// After an event: what it changed is seen by the observer, and what streams have to tell is on its way.
    private func settle() async throws {
        if plane.state.failure != nil { try await restartControlPlane() }
        plane.state.drain()
        while case let changed = changes.take(), !changed.isEmpty {
            try await observe?(changed)
            for number in listeners(of: changed) { try await pump(number) }
            plane.state.drain()
        }
    }

    // MARK: The control plane

    /// The control plane is killed and starts again on what is durable. Streams break.
    ///
    /// - Throws: what a control plane throws that cannot start.
    package func restartControlPlane() async throws {
        plane.state.drain()
        // What was durable and not yet told is told to nobody: the observer hears of it all the same.
        try await observe?(changes.take())
        plane.state.close()
        changes = ChangeCollector()
        plane = try await SimulatedControlPlane(
            store: store, clock: clock, random: planeRandom, agentTimeoutSeconds: settings.agentTimeoutSeconds)
        plane.state.add(observer: changes)
        for number in members.indices {
            members[number].stream = nil
            if let session = members[number].host.session {
                schedule(.heard(.cutOff, session: session), of: number, after: latency())
            }
        }
        try await observeRestart?()
    }

    // MARK: The network

    private func latency() -> Double { random.seconds(network.latencySeconds) }

    private func schedule(_ event: SimulatedHost.Event, of number: Int, after seconds: Double) {
        let member = members[number]
        queue.schedule(
            .host(number, event, boot: member.boot, process: member.process), at: clock.seconds + max(0, seconds))
    }

    private func carryOut(_ steps: [SimulatedHost.Step], of number: Int) async throws {
        for step in steps {
            switch step {
            case .after(let seconds, let event): schedule(event, of: number, after: seconds)
            case .ask(let question, let session): send(question, of: number, session: session)
            case .hangUp:
                members[number].stream?.end()
                members[number].stream = nil
            }
        }
    }

    private func send(_ question: SimulatedHost.Question, of number: Int, session: String) {
        let isLost = members[number].isPartitioned || random.happens(network.lossProbability)
        let answerIsLost = random.happens(network.lossProbability)
        let process = members[number].process
        if isLost || answerIsLost {
            schedule(
                .heard(question.isReport ? .unanswered : .cutOff, session: session), of: number,
                after: network.timeoutSeconds)
        }
        if !isLost {
            queue.schedule(
                .arrival(
                    number, question, session: session, process: process, latency: answerIsLost ? nil : latency()),
                at: clock.seconds + latency())
        }
        if question.isReport, random.happens(network.duplicateProbability) {
            queue.schedule(
                .arrival(number, question, session: session, process: process, latency: nil),
                at: clock.seconds + random.seconds(network.lateSeconds))
        }
    }

    private func answer(
        _ question: SimulatedHost.Question, of number: Int, session: String, process: Int, latency: Double?
    ) async throws {
        let key = members[number].host.key ?? ""
        var news: SimulatedHost.News
        do {
            switch question {
            case .join: news = .joined(key: try await plane.join(members[number].host.facts.cluster).accessKeyID)
            case .register(let request):
                let arn = try await plane.register(request, key: key)
                if let id = ARN(arn)?.resourcePath.last { memberOfInstance[ContainerInstanceID(id)] = number }
                news = .registered(arn)
            case .open(let arn):
                guard latency != nil else { return }
                let stream = try await plane.connect(arn, session: session, key: key)
                try await open(stream, of: number, session: session, process: process)
                return
            case .report(let batch, let versions):
                news = .answered(try await plane.report(batch, key: key), versions: versions)
            }
        } catch let refusal as HostRefusal {
            // A control plane that cannot write says so, and ends.
            news = refusal.isTemporary ? (question.isReport ? .unanswered : .cutOff) : .refused(refusal)
        }
        guard let latency, members[number].process == process else { return }
        schedule(.heard(news, session: session), of: number, after: latency)
    }

    private func open(_ stream: AgentStream, of number: Int, session: String, process: Int) async throws {
        guard members[number].process == process, members[number].host.session == session else { return }
        var stream = stream
        members[number].stream?.end()
        let messages = try await stream.opening()
        members[number].stream = stream
        schedule(.heard(.opened, session: session), of: number, after: 0)
        tell(messages, to: number)
    }

    /// Which hosts have streams that may have news of these changes.
    private func listeners(of changes: [Change]) -> [Int] {
        var instances: Set<ContainerInstanceID> = []
        for change in changes {
            switch change {
            case .task(let old, let new): if let task = new ?? old { instances.insert(task.containerInstance) }
            case .containerInstance(let old, let new): if let instance = new ?? old { instances.insert(instance.id) }
            case .addressSlice: return Array(members.indices)
            default: break
            }
        }
        return instances.compactMap { memberOfInstance[$0] }.sorted()
    }

    /// Sends what a host's stream has to tell.
    private func pump(_ number: Int) async throws {
        while var stream = members[number].stream {
            let messages = try await stream.poll()
            members[number].stream = stream
            if messages.isEmpty { return }
            tell(messages, to: number)
            if stream.isClosed {
                stream.end()
                members[number].stream = nil
            }
        }
    }

    /// Messages of a stream keep their order; one that is lost ends the stream.
    private func tell(_ messages: [StreamMessage], to number: Int) {
        guard let session = members[number].host.session else { return }
        let latency = network.latencySeconds.upperBound
        for message in messages {
            if members[number].isPartitioned || random.happens(network.lossProbability) {
                members[number].stream = nil
                schedule(.heard(.cutOff, session: session), of: number, after: network.timeoutSeconds)
                return
            }
            schedule(.heard(.told(message), session: session), of: number, after: latency)
        }
    }
}

/// Collects what changed, on the commit log's thread, until the simulation takes it.
private final class ChangeCollector: ChangeObserver {
    private let changes = Mutex<[Change]>([])

    func changed(_ changes: [Change], revision: Revision) { self.changes.withLock { $0 += changes } }

    func take() -> [Change] {
        changes.withLock { changes in
            defer { changes = [] }
            return changes
        }
    }
}

extension SimulatedHost.Event {
    /// Whether it ends with the agent's process; what happens to containers does not.
    fileprivate var isOfAgent: Bool {
        switch self {
        case .connect, .heard: true
        case .containersStarted, .containersFailed, .containersExited, .containersStopped: false
        }
    }

    fileprivate var name: String {
        switch self {
        case .connect: "connect"
        case .heard(let news, let session): "\(session) \(news.name)"
        case .containersStarted(let task): "started \(task)"
        case .containersFailed(let task): "failed \(task)"
        case .containersExited(let task): "exited \(task)"
        case .containersStopped(let task): "stopped \(task)"
        }
    }
}

extension SimulatedHost.News {
    fileprivate var name: String {
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
    fileprivate var isReport: Bool { if case .report = self { true } else { false } }

    fileprivate var name: String {
        switch self {
        case .join: "joins"
        case .register: "registers"
        case .open: "opens"
        case .report(let batch, _): "reports \(batch.batch) \(batch.reports.map(\.status.rawValue))"
        }
    }
}
