internal import CMicroHTTPD
import Glibc
import Synchronization

/// The server's own thread: accepts connections, notices clients that hang up, closes connections whose deadline has
/// passed, and stops the server.
struct EventLoop: ~Copyable {
    private static let listenerMark: UInt64 = 0
    private static let wakeMark: UInt64 = 1
    private static let eventsAtOnce = 256

    private let core: ServerCore
    private let control: LoopControl
    private var listener: ListeningSocket?
    private var daemons: Daemons
    private var undecided: UndecidedClients
    private var isAccepting = true
    private let sweepInterval: UInt64
    private var nextSweep: UInt64 = 0
    private var nextNudge: UInt64 = 0
    private var stoppingSince: UInt64 = 0
    private var streamsCancelledAt: UInt64?

    /// See ``Daemons/nudge()``: how long clients may wait for one, and how few connections need none.
    private static let nudgeInterval: UInt64 = 50_000_000
    private static let nudgeConnections = 128
    /// How often a stopping server looks whether it is done.
    private static let stopInterval: UInt64 = 5_000_000
    /// How long an idle connection is kept, since its next request may be on its way already.
    private static let idleGrace: UInt64 = 50_000_000
    /// How long streams may take to end by themselves once their producers are cancelled.
    private static let streamGrace: UInt64 = 500_000_000

    init(
        core: ServerCore, control: LoopControl, listener: consuming ListeningSocket, daemons: consuming Daemons
    ) throws(ServerError) {
        self.core = core
        self.control = control
        let limits = core.limits
        let shortest = min(
            limits.header, limits.body, limits.idle, limits.response,
            core.configuration.streamWriteTimeout.wholeNanoseconds)
        sweepInterval = max(10_000_000, min(shortest / 8, 500_000_000))
        do {
            try Epoll.watchInput(of: listener.descriptor, mark: Self.listenerMark, in: control.epoll)
            try Epoll.watchInput(of: control.wakeDescriptor, mark: Self.wakeMark, in: control.epoll)
        } catch {
            daemons.stop()
            throw error
        }
        self.listener = consume listener
        self.daemons = daemons
        undecided = UndecidedClients(streamPath: core.configuration.streamPath, epoll: control.epoll)
    }

    /// Returns when the server has stopped and everything is freed.
    consuming func run() {
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventsAtOnce)
        nextSweep = MonotonicTime.now() &+ sweepInterval
        var isOver = false
        while !isOver {
            let count = epoll_wait(control.epoll, &events, Int32(Self.eventsAtOnce), waitMilliseconds())
            for event in events.prefix(Int(max(0, count))) {
                switch event.data.u64 {
                case Self.listenerMark: acceptClients()
                case Self.wakeMark: control.clearWake()
                case let mark where UndecidedClients.owns(mark):
                    if let client = undecided.take(mark) { serve(client) }
                case let id: core.connection(id)?.ready(event.events)
                }
            }
            let now = MonotonicTime.now()
            if now >= nextSweep { sweep(now) }
            if now >= nextNudge, needsNudges { nudge(now) }
            if let deadline = control.stopDeadline { isOver = advanceStop(now, deadline: deadline) }
        }
        core.closeAll()
        daemons.stop()
        control.finished()
    }

    /// Frees what ``run()`` would have freed, when there is no thread to run it.
    consuming func abandon() {
        daemons.stop()
    }

    private func waitMilliseconds() -> Int32 {
        let now = MonotonicTime.now()
        let next = needsNudges ? min(nextSweep, nextNudge) : nextSweep
        let wait = next > now ? next - now : 0
        let limit = control.stopDeadline == nil ? wait : min(wait, Self.stopInterval)
        return Int32(clamping: (limit + 999_999) / 1_000_000)
    }

    private var needsNudges: Bool { core.openConnections >= Self.nudgeConnections }

    private mutating func nudge(_ now: UInt64) {
        nextNudge = now &+ Self.nudgeInterval
        daemons.nudge()
    }

    private mutating func acceptClients() {
        guard let descriptor = listener?.descriptor else { return }
        // A bounded batch, so that deadlines are kept while clients flood in.
        for _ in 0..<Self.eventsAtOnce {
            guard let client = AcceptedSocket.accept(from: descriptor) else {
                if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM { pauseAccepting() }
                return
            }
            if let limit = core.limitReached(by: client.numericAddress, undecided: undecided) {
                turnAway(client.descriptor, limit: limit)
            } else if undecided.asksForStream(client) != nil || !undecided.wait(for: client, now: MonotonicTime.now()) {
                serve(client)
            }
        }
    }

    private mutating func serve(_ client: AcceptedSocket) {
        daemons.add(client, asksForStream: undecided.asksForStream(client) ?? false)
    }

    /// Out of descriptors: clients wait in the kernel's queue until the next sweep.
    private mutating func pauseAccepting() {
        guard let descriptor = listener?.descriptor else { return }
        Epoll.forget(descriptor, in: control.epoll)
        isAccepting = false
    }

    private func turnAway(_ descriptor: Int32, limit: Int) {
        let fault = RequestFault.tooManyConnections(limit: limit)
        let bytes = HeaderText.wholeMessage(core.answer(fault))
        // Best effort: a client that is gone already loses nothing.
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        close(descriptor)
    }

    private mutating func sweep(_ now: UInt64) {
        nextSweep = now &+ sweepInterval
        // Whoever says nothing is served, so that the deadlines of a connection begin.
        for client in undecided.take(since: now &- sweepInterval) { serve(client) }
        for connection in core.connections { connection.sweep(now: now) }
        guard !isAccepting, let descriptor = listener?.descriptor else { return }
        do {
            try Epoll.watchInput(of: descriptor, mark: Self.listenerMark, in: control.epoll)
            isAccepting = true
        } catch {
            // Still out of kernel memory: the next sweep tries again.
            return
        }
    }

    /// Stages: no more accepting; requests in work may end; streams are asked to end; the rest is cut. True when over.
    private mutating func advanceStop(_ now: UInt64, deadline: UInt64) -> Bool {
        if let descriptor = listener?.descriptor {
            Epoll.forget(descriptor, in: control.epoll)
            listener = nil
            for client in undecided.take(since: now) { serve(client) }
            core.beginStopping()
            stoppingSince = now
        }
        let connections = core.connections
        let closesIdle = now >= stoppingSince &+ Self.idleGrace
        let work = connections.map { $0.drain(closesIdle: closesIdle) }
        guard now < deadline, !connections.isEmpty else { return true }
        if work.contains(.request) { return false }
        guard work.contains(.stream) else { return true }
        guard let since = streamsCancelledAt else {
            for connection in connections { connection.cancelStream() }
            streamsCancelledAt = now
            return false
        }
        return now >= since &+ Self.streamGrace
    }
}

/// What the loop's thread and its server share.
final class LoopControl: Sendable {
    private struct State {
        var stopDeadline: UInt64?
        var isFinished = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let epoll: Int32
    let wakeDescriptor: Int32
    private let state = Mutex(State())

    init() throws(ServerError) {
        let epoll = try Epoll.create()
        let wake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard wake >= 0 else {
            let number = errno
            close(epoll)
            throw ServerError(call: "eventfd", on: "", errno: number)
        }
        self.epoll = epoll
        wakeDescriptor = wake
    }

    deinit {
        close(epoll)
        close(wakeDescriptor)
    }

    /// Monotonic nanoseconds; nil while the server is to run.
    var stopDeadline: UInt64? { state.withLock { $0.stopDeadline } }

    func clearWake() {
        var count: UInt64 = 0
        _ = read(wakeDescriptor, &count, 8)
    }

    /// Returns when the loop has ended. An earlier deadline replaces a later one.
    func stop(deadline: UInt64) async {
        state.withLock { $0.stopDeadline = min($0.stopDeadline ?? .max, deadline) }
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                if !state.isFinished { state.waiters.append(continuation) }
                return state.isFinished
            }
            if isFinished { continuation.resume() }
        }
    }

    func finished() {
        let waiters = state.withLock { state in
            state.isFinished = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
