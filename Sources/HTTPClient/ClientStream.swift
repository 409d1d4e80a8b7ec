/// A response whose body is read while it arrives: one consumer, in order, with back-pressure.
///
/// The sequence ends when the body is whole, and throws when it cannot be: the connection ended early, no byte came for
/// the idle time, or the consuming task was cancelled. Dropping the last copy ends the transfer.
package struct ClientStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = HTTPClientError

    package let head: ClientResponseHead
    let transfer: StreamTransfer

    package var status: Int { head.status }

    package struct AsyncIterator: AsyncIteratorProtocol {
        let transfer: StreamTransfer

        package mutating func next() async throws(HTTPClientError) -> [UInt8]? {
            try await transfer.next()
        }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPClientError) -> [UInt8]? {
            try await transfer.next()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(transfer: transfer)
    }

    /// Ends the transfer; a waiting consumer gets ``HTTPClientError/Code/cancelled``.
    package func cancel() {
        transfer.cancel()
    }
}

/// The consumer's hold on a transfer.
final class StreamTransfer: Sendable {
    private let id: UInt64
    private let buffer: StreamBuffer
    private let loop: TransferLoop

    init(id: UInt64, buffer: StreamBuffer, loop: TransferLoop) {
        self.id = id
        self.buffer = buffer
        self.loop = loop
    }

    deinit { cancel() }

    func cancel() {
        // False if the loop is closed: the transfer has ended then.
        _ = loop.post(.cancel(id: id))
    }

    func next() async throws(HTTPClientError) -> [UInt8]? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if buffer.take(continuation) { _ = loop.post(.resume(id: id)) }
            }
        } onCancel: {
            cancel()
        }
        return try result.get()
    }
}
