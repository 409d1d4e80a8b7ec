import AgentProtocol
import FoundationEssentials

/// Puts the pieces of a stream together and cuts them into messages, one a line.
struct MessageLines {
    /// The complete set of a host with a thousand tasks of 32 KiB each.
    static let maximumLineBytes = 32 << 20

    struct TooLong: Error, CustomStringConvertible {
        var description: String { "the control plane sent a line of more than \(maximumLineBytes) bytes" }
    }

    private var pending: [UInt8] = []

    /// - Throws: for a line that is too long, or no message.
    mutating func append(_ piece: [UInt8]) throws -> [StreamMessage] {
        var messages: [StreamMessage] = []
        var rest = piece[...]
        while let newline = rest.firstIndex(of: 0x0A) {
            pending += rest[..<newline]
            rest = rest[(newline + 1)...]
            if !pending.isEmpty { messages.append(try AgentCoding.decode(StreamMessage.self, from: Data(pending))) }
            // Not kept: one long line must not hold its memory for ever.
            pending = []
        }
        pending += rest
        guard pending.count <= Self.maximumLineBytes else { throw TooLong() }
        return messages
    }
}
