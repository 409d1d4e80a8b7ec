internal import CCurl
import Glibc
import Synchronization

/// A transfer that curl works on: its easy handle lives exactly as long as this does.
final class ActiveTransfer {
    let transfer: Transfer
    fileprivate var handle: EasyHandle?

    init(_ transfer: Transfer) {
        self.transfer = transfer
    }

    var handlePointer: UnsafeMutableRawPointer? { handle?.pointer }
}

/// curl's multi handle.
///
/// - `@unchecked Sendable`: used on the loop's thread only, but for `curl_multi_wakeup`, which is made to be called from
///   others, and which ``TransferLoop`` calls under the lock that also guards the handle's end.
private struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

/// The one thread on which all of a client's transfers run, and the queue of what it is asked to do.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case start(id: UInt64, PreparedRequest, Transfer.Sink, timeout: Duration)
        case cancel(id: UInt64)
        case resume(id: UInt64)
    }

    private struct State {
        var commands: [Command] = []
        var multi: MultiHandle?
        var isClosed = false
        var nextID: UInt64 = 0
    }

    private static let isCurlReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let configuration: ClientConfiguration
    private let state = Mutex(State())

    init(_ configuration: ClientConfiguration) {
        self.configuration = configuration
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func nextID() -> UInt64 {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    /// False when the loop is closed, or cannot start: a transfer that was to start must then be failed by the caller.
    func post(_ command: Command) -> Bool {
        state.withLock { state in
            guard !state.isClosed, startIfNeeded(&state) else { return false }
            state.commands.append(command)
            if let multi = state.multi { curl_multi_wakeup(multi.pointer) }
            return true
        }
    }

    /// Fails what is on its way; the thread ends soon after.
    func close() {
        state.withLock { state in
            state.isClosed = true
            if let multi = state.multi { curl_multi_wakeup(multi.pointer) }
        }
    }

    private func startIfNeeded(_ state: inout State) -> Bool {
        if state.multi != nil { return true }
        guard Self.isCurlReady, let pointer = curl_multi_init() else { return false }
        let connections = max(1, configuration.maximumIdleConnections)
        stevedore_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, connections)
        stevedore_curl_multi_set_long(pointer, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        state.multi = MultiHandle(pointer: pointer)
        let box = Unmanaged.passRetained(self)
        var thread = pthread_t()
        guard pthread_create(&thread, nil, runTransferLoop, box.toOpaque()) == 0 else {
            box.release()
            curl_multi_cleanup(pointer)
            state.multi = nil
            return false
        }
        pthread_detach(thread)
        return true
    }

    // MARK: The thread

    fileprivate func run() {
        guard let multi = state.withLock({ $0.multi })?.pointer else { return }
        var active: [UInt64: ActiveTransfer] = [:]
        while let commands = nextCommands() {
            for command in commands { carryOut(command, multi, &active) }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            collectFinished(multi, &active)
            let wait = failIdle(multi, &active)
            curl_multi_poll(multi, nil, 0, wait, nil)
        }
        for id in Array(active.keys) { end(id, multi, &active) { .cancelled($0.hostAndPort) } }
        state.withLock { state in
            // From here on nobody wakes the handle.
            state.multi = nil
            curl_multi_cleanup(multi)
        }
    }

    /// Nil when the client is closed; transfers that had not started are failed here.
    private func nextCommands() -> [Command]? {
        let (commands, isClosed) = state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isClosed)
        }
        guard isClosed else { return commands }
        for case .start(let id, let request, let sink, _) in commands {
            Transfer(id: id, hostAndPort: request.hostAndPort, sink: sink, idleNanoseconds: nil)
                .finish(.cancelled(request.hostAndPort))
        }
        return nil
    }

    private func carryOut(
        _ command: Command, _ multi: UnsafeMutableRawPointer, _ active: inout [UInt64: ActiveTransfer]
    ) {
        switch command {
        case .start(let id, let request, let sink, let timeout):
            start(id, request, sink, timeout, multi, &active)
        case .cancel(let id):
            end(id, multi, &active) { .cancelled($0.hostAndPort) }
        case .resume(let id):
            guard let transfer = active[id], let handle = transfer.handlePointer else { return }
            transfer.transfer.restartIdleClock()
            // An error here shows up as the transfer's own end.
            curl_easy_pause(handle, Int32(CURLPAUSE_CONT))
        }
    }

    private func start(
        _ id: UInt64, _ request: PreparedRequest, _ sink: Transfer.Sink, _ timeout: Duration,
        _ multi: UnsafeMutableRawPointer, _ active: inout [UInt64: ActiveTransfer]
    ) {
        let isStream = if case .stream = sink { true } else { false }
        let idle = isStream ? UInt64(timeout.milliseconds) * 1_000_000 : nil
        let transfer = ActiveTransfer(
            Transfer(id: id, hostAndPort: request.hostAndPort, sink: sink, idleNanoseconds: idle))
        do throws(HTTPClientError) {
            let handle = try EasyHandle(
                request, configuration: configuration, totalTimeout: isStream ? nil : timeout,
                context: Unmanaged.passUnretained(transfer).toOpaque())
            guard curl_multi_add_handle(multi, handle.pointer) == CURLM_OK else {
                throw HTTPClientError(
                    .system, isRetryable: true, hostAndPort: request.hostAndPort, reason: "curl_multi_add_handle failed"
                )
            }
            transfer.handle = handle
            active[id] = transfer
        } catch {
            transfer.transfer.finish(error)
        }
    }

    private func collectFinished(_ multi: UnsafeMutableRawPointer, _ active: inout [UInt64: ActiveTransfer]) {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let context = stevedore_curl_private(handle)
            else { continue }
            let result = stevedore_curl_message_result(message)
            let transfer = Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
            let detail = transfer.handle?.errorDetail ?? ""
            end(transfer.transfer.id, multi, &active) { transfer in
                result == CURLE_OK
                    ? nil : HTTPClientError(curl: result, detail: detail, hostAndPort: transfer.hostAndPort)
            }
        }
    }

    /// - Returns: milliseconds until the next stream would be idle for too long; a minute if there is none.
    private func failIdle(_ multi: UnsafeMutableRawPointer, _ active: inout [UInt64: ActiveTransfer]) -> Int32 {
        let now = MonotonicTime.now()
        var next = now &+ 60_000_000_000
        var late: [UInt64] = []
        for (id, transfer) in active {
            guard let deadline = transfer.transfer.idleDeadline else { continue }
            if deadline <= now { late.append(id) } else { next = min(next, deadline) }
        }
        for id in late {
            end(id, multi, &active) {
                HTTPClientError(
                    .timedOut, isRetryable: true, hostAndPort: $0.hostAndPort, reason: "the stream fell silent")
            }
        }
        return Int32(clamping: (next - now + 999_999) / 1_000_000)
    }

    private func end(
        _ id: UInt64, _ multi: UnsafeMutableRawPointer, _ active: inout [UInt64: ActiveTransfer],
        _ error: (Transfer) -> HTTPClientError?
    ) {
        guard let transfer = active.removeValue(forKey: id) else { return }
        if let handle = transfer.handlePointer { curl_multi_remove_handle(multi, handle) }
        let error = error(transfer.transfer)
        transfer.handle = nil
        transfer.transfer.finish(error)
    }
}

/// The thread's entry; gets a retained ``TransferLoop``.
private func runTransferLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // OpenSSL writes without MSG_NOSIGNAL: a peer that has gone must give an error, not end the process.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    if let context { Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
