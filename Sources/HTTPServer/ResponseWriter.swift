/// Why a streamed response can take no more bytes.
package enum ResponseWriterError: Error, Sendable, Equatable {
    /// The client closed its connection, or the server is stopping.
    case clientGone
    /// The client did not read for ``ServerConfiguration/streamWriteTimeout``; its connection was closed.
    case clientTooSlow
    /// The task that writes was cancelled while it waited.
    case cancelled
}

/// The producer's end of a streamed response body.
package struct ResponseWriter: Sendable {
    let stream: ResponseStream

    /// Hands the bytes on; returns when they are buffered, which is at once unless the client is behind.
    ///
    /// Bytes of one call stay together and calls keep their order. A failed write may have been sent in part.
    package func write(_ bytes: [UInt8]) async throws(ResponseWriterError) {
        try await stream.write(bytes)
    }

    package func write(_ text: String) async throws(ResponseWriterError) {
        try await stream.write(Array(text.utf8))
    }

    /// True once the client has closed its connection or was given up.
    package var isClientGone: Bool { stream.isGone }
}
