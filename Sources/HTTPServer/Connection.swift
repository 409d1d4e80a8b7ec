internal import CMicroHTTPD
import Glibc
import Synchronization

/// A libmicrohttpd connection.
///
/// - `@unchecked Sendable`: the pointer itself is never changed, and is used off the connection's own thread only to
///   resume it while it is suspended, when libmicrohttpd promises that it stays.
struct ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
}

/// One accepted connection and the request that it carries at the moment.
///
/// ```
///  accept ─▶ receivingHead ─▶ receivingBody ─▶ handling ─▶ responding ─▶ idle ─▶ receivingBody …
///                  │                │                          ▲
///                  └──── refused ◀──┘ (answered, then closed)   └ or streaming
/// ```
/// Three parties meet here, always under the lock: the connection's libmicrohttpd thread, the task of the handler, and
/// the server's own thread that watches deadlines and hang-ups.
final class Connection: Sendable {
    enum Phase {
        case receivingHead(deadline: UInt64)
        case receivingBody(deadline: UInt64)
        case handling
        case responding(deadline: UInt64)
        case streaming(ResponseStream)
        /// The server has answered by itself: the rest of the request is dropped and the connection closes.
        case refused(deadline: UInt64)
        case idle(since: UInt64, nextCheck: UInt64)
    }

    struct State {
        var phase: Phase
        var target: [UInt8] = []
        var request: Request?
        /// Why the body is dropped, once it is.
        var bodyFault: RequestFault?
        var droppedBodyBytes = 0
        var isVersion11 = true
        /// How often the deadline of the present head was put off.
        var headProlongations = 0
        /// Counts requests, so that an answer that comes too late is not given to the next one.
        var requestNumber: UInt64 = 0
        var task: Task<Void, Never>?
        var ready: Response?
        var isSuspended = false
        var isPeerClosed = false
        /// No further request, suspension or answer: libmicrohttpd is told to close at its next call.
        var isClosing = false
        /// libmicrohttpd is about to close the descriptor, whose number may then belong to someone else.
        var isClosed = false
    }

    let id: UInt64
    let fileDescriptor: Int32
    let handle: ConnectionHandle
    let remoteAddress: String
    let core: ServerCore
    let state: Mutex<State>

    init(id: UInt64, handle: ConnectionHandle, core: ServerCore) {
        self.id = id
        self.handle = handle
        self.core = core
        fileDescriptor = stevedore_mhd_socket(handle.pointer)
        remoteAddress = numericAddress(stevedore_mhd_client_address(handle.pointer))
        let deadline = MonotonicTime.now() &+ core.limits.header
        state = Mutex(State(phase: .receivingHead(deadline: deadline)))
    }

    // MARK: libmicrohttpd's thread

    func keepTarget(_ target: [UInt8]) {
        state.withLock { $0.target = target }
    }

    private enum Step {
        case readHead(target: [UInt8])
        case proceed
        case handle(Request, number: UInt64)
        case respond(Response)
        case close
    }

    /// The access handler: libmicrohttpd calls once with the head, for each piece of the body, once at its end, and
    /// again after each resumption.
    ///
    /// - Returns: whether the connection may go on.
    func access(
        method: UnsafePointer<CChar>, url: UnsafePointer<CChar>, version: UnsafePointer<CChar>,
        upload: UnsafeRawBufferPointer
    ) -> Bool {
        switch state.withLock({ nextStep(&$0, upload: upload) }) {
        case .proceed: return true
        case .close: return false
        case .readHead(let target):
            let reader = RequestHeadReader(
                connection: handle.pointer, method: method, url: url, version: version, target: target,
                remoteAddress: remoteAddress)
            return begin(reader)
        case .handle(let request, let number): return run(request, number: number)
        case .respond(let response): return send(response)
        }
    }

    private func nextStep(_ state: inout State, upload: UnsafeRawBufferPointer) -> Step {
        guard !state.isClosing else { return .close }
        switch state.phase {
        case .receivingHead, .idle:
            return .readHead(target: state.target)
        case .receivingBody:
            guard upload.isEmpty else { return take(upload, &state) ? .proceed : .close }
            if let fault = state.bodyFault { return .respond(core.answer(fault)) }
            guard let request = state.request else { return .close }
            state.phase = .handling
            forgetRequest(&state)
            return .handle(request, number: state.requestNumber)
        case .handling:
            guard let ready = state.ready else { return .close }
            state.ready = nil
            return .respond(ready)
        case .refused:
            return .proceed
        case .responding, .streaming:
            return .close
        }
    }

    /// False when so much too much has come that the connection is cut.
    private func take(_ upload: UnsafeRawBufferPointer, _ state: inout State) -> Bool {
        let limit = core.configuration.bodyLimitBytes
        if state.bodyFault == nil, let count = state.request?.body.count {
            if count + upload.count > limit {
                state.bodyFault = .bodyTooLarge(limitBytes: limit)
            } else if !core.reserveBody(bytes: upload.count) {
                state.bodyFault = .tooManyBodies
            } else {
                state.request?.body.append(contentsOf: upload)
                return true
            }
        }
        forgetRequest(&state)
        state.droppedBodyBytes += upload.count
        guard state.droppedBodyBytes > limit * ServerCore.droppedBodyFactor else { return true }
        sendDirectly(core.answer(state.bodyFault ?? .bodyTooLarge(limitBytes: limit)))
        return false
    }

    private func forgetRequest(_ state: inout State) {
        if let count = state.request?.body.count { core.releaseBody(bytes: count) }
        state.request = nil
    }

    private func begin(_ reader: RequestHeadReader) -> Bool {
        let head: RequestHead
        do {
            head = try reader.read(limitBytes: core.configuration.headerLimitBytes)
        } catch {
            switch error {
            case .malformed(let reason): return refuse(.malformed(reason: reason))
            case .tooLarge: return refuse(.headerTooLarge(limitBytes: core.configuration.headerLimitBytes))
            }
        }
        let limit = core.configuration.bodyLimitBytes
        // A client that waits for "100 Continue" has sent nothing yet and is told at once.
        let waits = head.request.headers["Expect"].map { equalsIgnoringCase($0, "100-continue") } ?? false
        let allowed = waits ? limit : limit * ServerCore.droppedBodyFactor
        if case .length(let length) = head.framing, length > UInt64(allowed) {
            return refuse(.bodyTooLarge(limitBytes: limit))
        }
        return state.withLock { state in
            guard !state.isClosing else { return false }
            state.phase = .receivingBody(deadline: MonotonicTime.now() &+ core.limits.body)
            state.request = head.request
            state.isVersion11 = head.request.version == "HTTP/1.1"
            state.requestNumber &+= 1
            state.bodyFault = nil
            state.droppedBodyBytes = 0
            state.headProlongations = 0
            return true
        }
    }

    /// Answering in the first call makes libmicrohttpd close the connection and read no further request from it.
    private func refuse(_ fault: RequestFault) -> Bool {
        let proceeds = state.withLock { state in
            state.phase = .refused(deadline: MonotonicTime.now() &+ core.limits.body)
            return !state.isClosing
        }
        return proceeds && queue(core.answer(fault))
    }

    private func run(_ request: Request, number: UInt64) -> Bool {
        let handler = core.handler
        let work: @Sendable () async -> Void = {
            let response = await handler(request)
            self.complete(number, response)
        }
        // Runs on this thread until its first suspension; most reads end there, which saves two thread hops.
        let task = core.configuration.startsHandlersInline ? Task.immediate { await work() } : Task { await work() }
        let next: Step = state.withLock { state in
            if let ready = state.ready {
                state.ready = nil
                return .respond(ready)
            }
            guard !state.isClosing else {
                task.cancel()
                return .close
            }
            if state.isPeerClosed { task.cancel() }
            state.task = task
            // Under the lock that `complete` takes: the answer is seen above, or finds the connection suspended.
            state.isSuspended = true
            MHD_suspend_connection(handle.pointer)
            return .proceed
        }
        if case .respond(let response) = next { return send(response) }
        if case .proceed = next { return true }
        return false
    }

    /// The request is over, well or not.
    func requestCompleted() {
        let (stream, task): (ResponseStream?, Task<Void, Never>?) = state.withLock { state in
            defer {
                let now = MonotonicTime.now()
                state.phase = .idle(since: now, nextCheck: now &+ core.limits.header)
                forgetRequest(&state)
                state.target = []
                state.ready = nil
                state.task = nil
                state.requestNumber &+= 1
            }
            if case .streaming(let stream) = state.phase { return (stream, nil) }
            return (nil, state.task)
        }
        stream?.abort(.clientGone)
        task?.cancel()
    }

    func closed() {
        state.withLock { state in
            state.isClosed = true
            state.isClosing = true
        }
    }

    // MARK: The handler's task

    private func complete(_ number: UInt64, _ response: Response) {
        state.withLock { state in
            guard case .handling = state.phase, state.requestNumber == number, !state.isClosing else { return }
            state.ready = response
            state.task = nil
            resume(&state)
        }
    }

    func resume(_ state: inout State) {
        guard state.isSuspended else { return }
        state.isSuspended = false
        MHD_resume_connection(handle.pointer)
    }
}
