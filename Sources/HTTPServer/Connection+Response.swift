internal import CMicroHTTPD
import Synchronization

/// Handing a response to libmicrohttpd, on the connection's own thread.
extension Connection {
    /// Sends the handler's response, or says that it cannot be sent. False to close the connection.
    func send(_ response: Response) -> Bool {
        if core.isStopping {
            var last = response
            last.closesConnection = true
            return queue(last) || queue(core.answer(.invalidResponse))
        }
        return queue(response) || queue(core.answer(.invalidResponse))
    }

    /// False if the response breaks HTTP.
    func queue(_ response: Response) -> Bool {
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
                writeTimeout: core.configuration.streamWriteTimeout,
                watchOutput: { [core, fileDescriptor, id] in
                    Epoll.watchOutput(of: fileDescriptor, mark: id, in: core.watcher)
                })
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
}
