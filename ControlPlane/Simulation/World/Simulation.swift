import AWSProtocol
import AgentGateway
import AgentProtocol
package import ControlPlaneState
import Controllers
import FoundationEssentials
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

    enum Event {
        case host(Int, SimulatedHost.Event, boot: Int, process: Int)
        /// A request arrives at the control plane. Its answer is lost on the way back, or comes after `latency`.
        case arrival(Int, SimulatedHost.Question, session: String, process: Int, latency: Double?)
        case controllers
        /// A service's time has come.
        case services
        case action(String, Action)
    }

    /// A host, and what the world keeps of it.
    struct Member {
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
        /// For how long news of services is gathered before they are planned, as it is while a control plane has much to
        /// do. With 0 they are planned after each event.
        package var servicePauseSeconds = 0.0

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

    let settings: Settings
    let planeRandom: RandomSource
    var queue = EventQueue<Event>()
    var members: [Member] = []
    var memberOfInstance: [ContainerInstanceID: Int] = [:]
    private var changes = ChangeCollector()
    /// The next time at which services are looked at although nothing happens, in seconds since the beginning.
    private var servicesWake: Double?
    private var servicesAreDue = false
    private var servicesSettledAt = 0.0

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

    /// Ends it, and lets go of all who have to do with it: observers and what is scheduled hold on to the simulation.
    package func close() {
        observe = nil
        observeRestart = nil
        queue = EventQueue()
        plane.state.close()
    }

    // MARK: Hosts

    package var agentTimeoutSeconds: Int { settings.agentTimeoutSeconds }

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

    /// What has happened to tasks that run on it already, their ends excepted, stays.
    package func setBehaviour(_ behaviour: HostBehaviour, of number: Int) { members[number].host.behaviour = behaviour }

    // MARK: Time

    /// Has something happen after `seconds`.
    package func schedule(_ name: String, after seconds: Double, _ action: @escaping Action) {
        queue.schedule(.action(name, action), at: clock.seconds + seconds)
    }

    /// Has something happen now.
    ///
    /// - Throws: what the action or ``observe`` throws.
    package func perform(_ name: String, _ action: () async throws -> Void) async throws {
        eventCount += 1
        note(-1, name)
        try await action()
        try await settle()
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
            try await carryOut(members[number].host.handle(event, at: clock.now), of: number)
        case .arrival(let number, let question, let session, let process, let latency):
            note(number, question.name)
            try await answer(question, of: number, session: session, process: process, latency: latency)
        case .controllers:
            await plane.liveness.check()
            await plane.expiry.pass()
            queue.schedule(.controllers, at: clock.seconds + settings.controllerSeconds)
        case .services:
            servicesWake = nil
            servicesAreDue = true
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
        repeat {
            if plane.state.failure != nil { try await restartControlPlane() }
            plane.state.drain()
            if settings.servicePauseSeconds == 0 || servicesAreDue {
                await plane.services.settle()
                servicesSettledAt = clock.seconds
            }
            plane.state.drain()
            let changed = changes.take()
            try await observe?(changed)
            for number in listeners(of: changed) { try await pump(number) }
            plane.state.drain()
        } while plane.state.failure != nil || !changes.isEmpty
        servicesAreDue = false
        scheduleServices()
    }

    private func scheduleServices() {
        let pause = settings.servicePauseSeconds
        if pause > 0, plane.services.hasNews { wakeServices(at: servicesSettledAt + pause) }
        guard let date = plane.services.nextWake else { return }
        // Times are kept to the millisecond: not one too early.
        wakeServices(
            at: max(servicesSettledAt + pause, clock.seconds + date.timeIntervalSince(clock.now) + 0.001))
    }

    private func wakeServices(at seconds: Double) {
        let seconds = max(seconds, clock.seconds)
        guard servicesWake.map({ seconds < $0 }) ?? true else { return }
        servicesWake = seconds
        queue.schedule(.services, at: seconds)
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
}

/// Collects what changed, on the commit log's thread, until the simulation takes it.
final class ChangeCollector: ChangeObserver {
    private let changes = Mutex<[Change]>([])

    func changed(_ changes: [Change], revision: Revision) { self.changes.withLock { $0 += changes } }

    var isEmpty: Bool { changes.withLock { $0.isEmpty } }

    func take() -> [Change] {
        changes.withLock { changes in
            defer { changes = [] }
            return changes
        }
    }
}
