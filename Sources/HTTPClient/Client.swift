/// An HTTP/1.1 client on libcurl: all requests share one thread and a small pool of connections.
///
/// Redirects are not followed and the environment's proxy variables are not used. Cancelling the calling task ends a
/// request at once. Dropping the client ends all that it still has on its way, streams included.
package final class Client: Sendable {
    private let configuration: ClientConfiguration
    private let loop: TransferLoop

    package init(_ configuration: ClientConfiguration = ClientConfiguration()) {
        self.configuration = configuration
        loop = TransferLoop(configuration)
    }

    deinit { loop.close() }

    /// Fails all requests and streams on their way with ``HTTPClientError/Code/cancelled``, and all later ones.
    package func close() {
        loop.close()
    }

    /// Sends the request and waits for the whole response, whatever its status.
    package func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
        let prepared = try PreparedRequest(request)
        let timeout = request.timeout ?? configuration.timeout
        let limit = configuration.responseLimitBytes
        let id = loop.nextID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { completion in
                start(id, prepared, .collect(limitBytes: limit, completion), timeout) {
                    completion.resume(returning: .failure($0))
                }
            }
        } onCancel: {
            _ = loop.post(.cancel(id: id))
        }
        return try result.get()
    }

    /// Sends the request and returns when the response's head is there; the body comes as the stream is read.
    package func stream(_ request: ClientRequest) async throws(HTTPClientError) -> ClientStream {
        let prepared = try PreparedRequest(request)
        let timeout = request.timeout ?? configuration.streamIdleTimeout
        let buffer = StreamBuffer(limitBytes: configuration.streamBufferBytes)
        let id = loop.nextID()
        let head = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                buffer.waitForHead(continuation)
                start(id, prepared, .stream(buffer), timeout) { buffer.finish($0) }
            }
        } onCancel: {
            _ = loop.post(.cancel(id: id))
        }
        return ClientStream(head: try head.get(), transfer: StreamTransfer(id: id, buffer: buffer, loop: loop))
    }

    private func start(
        _ id: UInt64, _ request: PreparedRequest, _ sink: Transfer.Sink, _ timeout: Duration,
        onFailure: (HTTPClientError) -> Void
    ) {
        guard loop.post(.start(id: id, request, sink, timeout: timeout)) else {
            onFailure(
                loop.isClosed
                    ? .cancelled(request.hostAndPort)
                    : HTTPClientError(
                        .system, isRetryable: true, hostAndPort: request.hostAndPort,
                        reason: "the client's thread cannot start"))
            return
        }
        // A cancellation that came before the start was posted found nothing to cancel.
        if Task.isCancelled { _ = loop.post(.cancel(id: id)) }
    }
}
