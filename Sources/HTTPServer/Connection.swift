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
    private enum Phase {
        case receivingHead(deadline: UInt64)
        case receivingBody(deadline: UInt64)
        case handling
        case responding(deadline: UInt64)
        case streaming(ResponseStream)
        /// The server has answered by itself: the rest of the request is dropped and the connection closes.
        case refused(deadline: UInt64)
        case idle(since: UInt64, nextCheck: UInt64)
    }

    private struct State {
        var phase: Phase
        var target: [UInt8] = []
        var request: Request?
        /// Why the body is dropped, once it is.
        var bodyFault: RequestFault?
        var droppedBodyBytes = 0
        var isVersion11 = true
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
    private let handle: ConnectionHandle
    private let remoteAddress: String
    private let core: ServerCore
    private let state: Mutex<State>

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
        let ready: Response? = state.withLock { state in
            if let ready = state.ready {
                state.ready = nil
                return ready
            }
            guard !state.isClosing else {
                task.cancel()
                return nil
            }
            if state.isPeerClosed { task.cancel() }
            state.task = task
            state.isSuspended = true
            MHD_suspend_connection(handle.pointer)
            return nil
        }
        if let ready { return send(ready) }
        return state.withLock { !$0.isClosing }
    }

    private func send(_ response: Response) -> Bool {
        if core.isStopping {
            var last = response
            last.closesConnection = true
            return queue(last) || queue(core.answer(.invalidResponse))
        }
        return queue(response) || queue(core.answer(.invalidResponse))
    }

    private func queue(_ response: Response) -> Bool {
        switch response.body {
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { buffer in
                // libmicrohttpd copies; it only lacks the const.
                let data = UnsafeMutableRawPointer(mutating: buffer.baseAddress)
                return queue(response, MHD_create_response_from_buffer(buffer.count, data, .RESPMEM_MUST_COPY)) {
                    let seconds = buffer.count / max(1, self.core.configuration.responseBytesPerSecond)
                    let allowance = self.core.limits.response &+ UInt64(seconds) &* 1_000_000_000
                    self.state.withLock { state in
                        if case .refused = state.phase { return }
                        state.phase = .responding(deadline: MonotonicTime.now() &+ allowance)
                    }
                }
            }
        case .stream(let produce):
            let stream = ResponseStream(
                handle: handle, fileDescriptor: fileDescriptor, endsByClosing: !state.withLock { $0.isVersion11 },
                limitBytes: core.configuration.streamBufferBytes,
                writeTimeout: core.configuration.streamWriteTimeout)
            let context = Unmanaged.passRetained(stream)
            let created = MHD_create_response_from_callback(
                UInt64.max, 1024, readStream, context.toOpaque(), releaseStream)
            if created == nil { context.release() }
            return queue(response, created) {
                self.begin(stream)
                stream.start(produce)
            }
        }
    }

    private func begin(_ stream: ResponseStream) {
        let isGone = state.withLock { state in
            state.phase = .streaming(stream)
            return state.isPeerClosed || state.isClosing
        }
        if isGone { stream.abort(.clientGone) }
    }

    /// Hands a response to libmicrohttpd and gives up our reference. `onQueue` runs just before, since libmicrohttpd may
    /// call back from inside. False if the response breaks HTTP.
    private func queue(_ response: Response, _ created: OpaquePointer?, onQueue: () -> Void) -> Bool {
        guard let created else { return false }
        defer { MHD_destroy_response(created) }
        guard (200...599).contains(response.status) else { return false }
        for field in response.headers.fields where !ServerCore.isOwnHeader(field.name) {
            guard HeaderText.isValid(field), MHD_add_response_header(created, field.name, field.value) == .YES else {
                return false
            }
        }
        if response.closesConnection, MHD_add_response_header(created, "Connection", "close") != .YES {
            return false
        }
        onQueue()
        return MHD_queue_response(handle.pointer, UInt32(response.status), created) == .YES
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

    private func resume(_ state: inout State) {
        guard state.isSuspended else { return }
        state.isSuspended = false
        MHD_resume_connection(handle.pointer)
    }

    // MARK: The server's own thread

    /// The client has closed its sending side: it is taken as gone. A handler is cancelled, but may still answer.
    func peerClosed() {
        let stream: ResponseStream? = state.withLock { state in
            state.isPeerClosed = true
            state.task?.cancel()
            guard case .streaming(let stream) = state.phase else {
                remindOfHangUp(state)
                return nil
            }
            // Wakes libmicrohttpd if it is waiting to write.
            if !state.isClosed { shutdown(fileDescriptor, Int32(SHUT_RDWR)) }
            return stream
        }
        stream?.abort(.clientGone)
    }

    /// libmicrohttpd reads once an epoll event, so the end of file that came together with the last bytes goes unseen.
    /// Shutting down our side of the reading raises one more event, and loses no byte that has come.
    private func remindOfHangUp(_ state: State) {
        if state.isPeerClosed, !state.isClosed { shutdown(fileDescriptor, Int32(SHUT_RD)) }
    }

    /// Closes the connection if a deadline has passed.
    func sweep(now: UInt64) {
        let stream: ResponseStream? = state.withLock { state in
            remindOfHangUp(state)
            guard !state.isClosed, !state.isClosing else { return nil }
            switch state.phase {
            case .receivingHead(let deadline), .receivingBody(let deadline):
                if deadline <= now { cut(&state, answering: .tooSlow) }
            case .responding(let deadline), .refused(let deadline):
                if deadline <= now { cut(&state, answering: nil) }
            case .idle(let since, let nextCheck):
                guard nextCheck <= now || since &+ core.limits.idle <= now else { return nil }
                sweepIdle(&state, since: since, now: now)
            case .handling:
                break
            case .streaming(let stream):
                return stream
            }
            return nil
        }
        guard let stream, stream.expire(now: now) else { return }
        state.withLock { cut(&$0, answering: nil) }
    }

    /// libmicrohttpd does not tell when a kept-alive connection sends the first bytes of a header, but the kernel does.
    private func sweepIdle(_ state: inout State, since: UInt64, now: UInt64) {
        let silence = stevedore_milliseconds_since_data(fileDescriptor)
        let hasBegun = silence >= 0 && UInt64(silence) &* 1_000_000 &+ 1_000_000 < now &- since
        if hasBegun {
            state.phase = .receivingHead(deadline: now &+ core.limits.header)
        } else if since &+ core.limits.idle <= now {
            cut(&state, answering: nil)
        } else {
            state.phase = .idle(since: since, nextCheck: now &+ core.limits.header)
        }
    }

    /// Shuts the socket down, which makes libmicrohttpd close it. The lock is held and `isClosed` is false, so that the
    /// descriptor is still ours.
    private func cut(_ state: inout State, answering fault: RequestFault?) {
        guard !state.isClosed, !state.isClosing else { return }
        // In these phases libmicrohttpd writes nothing, and is not called back before the lock is free.
        if let fault { sendDirectly(core.answer(fault)) }
        state.isClosing = true
        shutdown(fileDescriptor, Int32(SHUT_RDWR))
    }

    private func sendDirectly(_ response: Response) {
        let bytes = HeaderText.wholeMessage(response)
        // Best effort: the connection closes next, whether the client takes this or not.
        _ = Glibc.send(fileDescriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }

    // MARK: Stopping

    enum Work {
        case none, request, stream
    }

    /// What the connection is at; if that is nothing, and `closesIdle`, it is closed.
    func drain(closesIdle: Bool) -> Work {
        state.withLock { state in
            switch state.phase {
            case .receivingBody, .handling, .responding: return .request
            case .streaming: return state.isClosing ? .none : .stream
            case .receivingHead, .idle, .refused:
                guard closesIdle else { return .request }
                cut(&state, answering: nil)
                return .none
            }
        }
    }

    func cancelStream() {
        let stream: ResponseStream? = state.withLock { state in
            if case .streaming(let stream) = state.phase { stream } else { nil }
        }
        stream?.cancelProducer()
    }

    /// Leaves nothing suspended, which libmicrohttpd demands before it is stopped.
    func close() {
        let stream: ResponseStream? = state.withLock { state in
            if !state.isClosed { shutdown(fileDescriptor, Int32(SHUT_RDWR)) }
            state.isClosing = true
            state.task?.cancel()
            state.task = nil
            state.ready = nil
            resume(&state)
            if case .streaming(let stream) = state.phase { return stream }
            return nil
        }
        stream?.abort(.clientGone)
    }
}
