import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Receives datagrams by UDP.
package final class DatagramReceiver: Sendable {
    private static let atOnce = 256
    private static let pauseAfterFailure: Duration = .milliseconds(100)

    private let descriptor: Descriptor
    private let sizeLimit: Int
    /// The kernel's choice if 0 was asked for.
    package let port: UInt16

    /// - Parameters:
    ///   - address: numeric, IPv4 or IPv6.
    ///   - sizeLimit: bytes of a datagram; a longer one is cut to one byte more.
    /// - Throws: ``DatagramError``, such as for a port that is taken.
    package init(address: String, port: UInt16, sizeLimit: Int) throws(DatagramError) {
        guard let target = SocketAddress(address, port: port) else {
            throw DatagramError(call: "inet_pton", on: address, errno: EINVAL)
        }
        descriptor = try target.makeSocket()
        self.sizeLimit = sizeLimit
        let raw = descriptor.raw
        guard target.withPointer({ bind(raw, $0, $1) }) == 0 else {
            throw DatagramError(call: "bind", on: "\(address):\(port)", errno: errno)
        }
        guard let bound = SocketAddress(boundTo: raw) else {
            throw DatagramError(call: "getsockname", on: "\(address):\(port)", errno: errno)
        }
        self.port = bound.port
    }

    /// Hands on one datagram after the other, until cancelled.
    package func run(_ take: @Sendable ([UInt8]) -> Void) async {
        var buffer = [UInt8](repeating: 0, count: sizeLimit + 1)
        while await descriptor.waitUntilReadable() {
            for _ in 0..<Self.atOnce {
                let count = recv(descriptor.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count >= 0 {
                    take(Array(buffer[..<count]))
                } else if errno == EINTR {
                    continue
                } else {
                    // Out of kernel memory, say: whoever waited for the next would be woken at once.
                    if errno != EAGAIN { try? await Task.sleep(for: Self.pauseAfterFailure) }
                    break
                }
            }
        }
    }
}

package enum Datagram {
    /// Sends one, without waiting and without knowing whether it arrives.
    ///
    /// - Parameter address: numeric, IPv4 or IPv6.
    /// - Throws: ``DatagramError`` if this host does not send it.
    package static func send(_ bytes: [UInt8], to address: String, port: UInt16) throws(DatagramError) {
        let name = "\(address):\(port)"
        guard let target = SocketAddress(address, port: port) else {
            throw DatagramError(call: "inet_pton", on: name, errno: EINVAL)
        }
        let descriptor = try target.makeSocket()
        let sent = target.withPointer { sendto(descriptor.raw, bytes, bytes.count, Int32(MSG_DONTWAIT), $0, $1) }
        guard sent == bytes.count else { throw DatagramError(call: "sendto", on: name, errno: errno) }
    }
}

package struct DatagramError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(call: String, on target: String, errno number: Int32) {
        description = "\(call) \(target): \(String(cString: strerror(number)))"
    }
}

/// A numeric address and a port.
private struct SocketAddress {
    private var storage = sockaddr_storage()
    private var length: socklen_t

    init?(_ address: String, port: UInt16) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, address, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
        } else if inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
        } else {
            return nil
        }
    }

    init?(boundTo descriptor: Int32) {
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { return nil }
    }

    /// sin_port and sin6_port are at the same place.
    var port: UInt16 {
        withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(as: sockaddr_in.self).sin_port) }
    }

    func makeSocket() throws(DatagramError) -> Descriptor {
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(Int32(storage.ss_family), type, 0)
        guard descriptor >= 0 else { throw DatagramError(call: "socket", on: "UDP", errno: errno) }
        return Descriptor(descriptor)
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
