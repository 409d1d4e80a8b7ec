import AWSSigning

/// A datagram with which an agent shows that it is there while its batches take long.
///
/// Where packets are lost both ways a connection is a bad witness: each end waits for the other, and longer each time,
/// and a new one takes three packets before the first word. A datagram takes one, and an answer is not waited for. It
/// goes to the address and port of the stream, by UDP; where that is not let through, batches are all there is.
///
/// `stevedore-sign-1 INSTANCE NUMBER CODE`: the last part of the container instance's ARN, a number that grows within a
/// session, and the HMAC-SHA256 of all before it, in hexadecimal, with ``SessionHello/signKey``.
package struct SignOfLife: Sendable, Hashable {
    /// What is longer is none.
    package static let sizeLimit = 256

    private static let name = "stevedore-sign-1"

    package let containerInstance: String
    package let number: UInt64
    private let signed: [UInt8]
    private let code: String

    package static func datagram(containerInstanceArn: String, number: UInt64, key: String) -> [UInt8] {
        let instance = containerInstanceArn.split(separator: "/").last ?? ""
        let signed = Array("\(name) \(instance) \(number)".utf8)
        return signed + Array(" \(code(of: signed, key: key))".utf8)
    }

    /// Nil if it is something else. Who sent it is not known before ``isSigned(with:)`` says so.
    package init?(datagram: [UInt8]) {
        guard datagram.count <= Self.sizeLimit, let end = datagram.lastIndex(of: UInt8(ascii: " ")) else { return nil }
        let words = datagram[..<end].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 3, words[0] == Self.name, let number = UInt64(words[2]) else { return nil }
        containerInstance = words[1]
        self.number = number
        signed = Array(datagram[..<end])
        code = String(decoding: datagram[(end + 1)...], as: UTF8.self)
    }

    package func isSigned(with key: String) -> Bool {
        Digest.areEqualInConstantTime(Array(Self.code(of: signed, key: key).utf8), Array(code.utf8))
    }

    private static func code(of signed: [UInt8], key: String) -> String {
        Hexadecimal.encode(Digest.hmacSHA256(key: Array(key.utf8), signed))
    }
}
