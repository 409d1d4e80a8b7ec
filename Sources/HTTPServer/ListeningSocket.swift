internal import CMicroHTTPD
import Glibc

/// A listening socket, of TCP or a unix one, closed with its last use.
struct ListeningSocket: ~Copyable {
    let descriptor: Int32

    init(_ configuration: ServerConfiguration) throws(ServerError) {
        let (address, port, path) = (configuration.address, configuration.port, configuration.unixSocketPath)
        let host = address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]" : address
        let target = path ?? "\(host):\(port)"
        var storage = sockaddr_storage()
        let length =
            if let path {
                try Self.fill(&storage, path: path)
            } else {
                try Self.fill(&storage, address: address, port: port)
            }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(Int32(storage.ss_family), type, 0)
        guard descriptor >= 0 else { throw ServerError(call: "socket", on: target, errno: errno) }
        if let (call, number) = Self.listen(descriptor, &storage, length, path) {
            close(descriptor)
            throw ServerError(call: call, on: target, errno: number)
        }
        self.descriptor = descriptor
    }

    /// The call that failed and its errno, or nil.
    private static func listen(
        _ descriptor: Int32, _ storage: inout sockaddr_storage, _ length: socklen_t, _ path: String?
    ) -> (String, Int32)? {
        var on: Int32 = 1
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4) == 0 else { return ("setsockopt", errno) }
        stevedore_repeat_evenly(descriptor)
        let bound = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0 else { return ("bind", errno) }
        if let path, chmod(path, 0o600) != 0 { return ("chmod", errno) }
        return Glibc.listen(descriptor, 4096) == 0 ? nil : ("listen", errno)
    }

    deinit {
        close(descriptor)
    }

    /// The port in use, which the kernel chose if 0 was asked for.
    func port() throws(ServerError) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { throw ServerError(call: "getsockname", on: "listening socket", errno: errno) }
        // sin_port and sin6_port are at the same place.
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
        }
    }

    private static func fill(_ storage: inout sockaddr_storage, path: String) throws(ServerError) -> socklen_t {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isLong = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count, !path.isEmpty else { return true }
            room.copyBytes(from: path.utf8)
            return false
        }
        guard !isLong else {
            throw ServerError(.invalidAddress, "listen on \(path): a socket has a name of 1 to 107 bytes")
        }
        guard unlink(path) == 0 || errno == ENOENT else { throw ServerError(call: "unlink", on: path, errno: errno) }
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_un.self) }
        return socklen_t(MemoryLayout<sockaddr_un>.size)
    }

    private static func fill(
        _ storage: inout sockaddr_storage, address: String, port: UInt16
    ) throws(ServerError) -> socklen_t {
        var v4 = sockaddr_in()
        if inet_pton(AF_INET, address, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v4, as: sockaddr_in.self) }
            return socklen_t(MemoryLayout<sockaddr_in>.size)
        }
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: v6, as: sockaddr_in6.self) }
            return socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
        throw ServerError(.invalidAddress, "listen on \(address): not a numeric IPv4 or IPv6 address")
    }
}

/// An accepted client and its address.
struct AcceptedSocket {
    let descriptor: Int32
    var address: sockaddr_storage
    var length: socklen_t

    /// Nil when `accept` fails; `errno` says why.
    static func accept(from listener: Int32) -> AcceptedSocket? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { accept4(listener, $0, &length, flags) }
        }
        return descriptor < 0 ? nil : AcceptedSocket(descriptor: descriptor, address: address, length: length)
    }

    var numericAddress: String {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { HTTPServer.numericAddress($0) }
        }
    }
}

/// `192.0.2.1`, `2001:db8::1`, or an empty string for anything else.
func numericAddress(_ address: UnsafePointer<sockaddr>?) -> String {
    guard let address else { return "" }
    let raw = UnsafeRawPointer(address)
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
        var v4 = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
        inet_ntop(AF_INET, &v4, &text, socklen_t(text.count))
    case AF_INET6:
        var v6 = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
        inet_ntop(AF_INET6, &v6, &text, socklen_t(text.count))
    default: return ""
    }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
