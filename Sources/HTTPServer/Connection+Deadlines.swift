internal import CMicroHTTPD
import Glibc
import Synchronization

/// What the server's own thread does to a connection: hang-ups, deadlines, and stopping.
extension Connection {
    /// The event loop has an event of the socket.
    func ready(_ events: UInt32) {
        guard events == EPOLLOUT.rawValue else { return peerClosed() }
        let stream: ResponseStream? = state.withLock { state in
            guard !state.isClosed, case .streaming(let stream) = state.phase else { return nil }
            Epoll.watchHangUpAgain(of: fileDescriptor, mark: id, in: core.watcher)
            return stream
        }
        stream?.outputReady()
    }

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
            case .receivingHead(let deadline):
                if deadline <= now, !prolongHead(&state, now: now) { cut(&state, answering: .tooSlow) }
            case .receivingBody(let deadline):
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

    /// A client whose bytes have come, and lie unread because our own threads are behind, is not slow. It gets its time
    /// again, but not for ever: one that sends byte by byte may look like that too.
    private func prolongHead(_ state: inout State, now: UInt64) -> Bool {
        guard state.headProlongations < ServerCore.headProlongationLimit, hasUnreadBytes else { return false }
        state.headProlongations += 1
        state.phase = .receivingHead(deadline: now &+ core.limits.header)
        return true
    }

    /// The lock is held and `isClosed` is false.
    private var hasUnreadBytes: Bool {
        var byte: UInt8 = 0
        return recv(fileDescriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// The kernel tells a silence as the difference of two ticks, which are 10 ms apart where they are longest, so that the
    /// last bytes of the request before may look younger than its end.
    private static let silenceError: UInt64 = 20_000_000

    /// libmicrohttpd does not tell when a kept-alive connection sends the first bytes of a header, but the kernel does.
    private func sweepIdle(_ state: inout State, since: UInt64, now: UInt64) {
        let silence = stevedore_milliseconds_since_data(fileDescriptor)
        let hasBegun = silence >= 0 && UInt64(silence) &* 1_000_000 &+ Self.silenceError < now &- since
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

    /// Writes past libmicrohttpd, for the moments when it writes nothing itself and the connection closes next.
    func sendDirectly(_ response: Response) {
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
