#if canImport(Glibc)
    import Glibc
#endif

/// Tells systemd how a service is doing, as sd_notify(3) describes: one datagram to the socket in NOTIFY_SOCKET.
package enum ServiceNotifier {
    /// - Parameters:
    ///   - state: `READY=1`, `STOPPING=1`, `STATUS=…`.
    ///   - socketPath: the value of NOTIFY_SOCKET; a path, or a name in the abstract namespace if it starts with `@`.
    /// - Returns: false if it was not delivered. Nothing depends on it: a service runs without a supervisor, too.
    @discardableResult
    package static func notify(_ state: String, socketPath: String?) -> Bool {
        guard let socketPath, let first = socketPath.utf8.first, first == 0x2F || first == 0x40 else { return false }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        if first == 0x40 { path[0] = 0 }
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.count < capacity else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // An abstract name has no terminator: its length is what counts.
        let length = MemoryLayout<sa_family_t>.size + path.count

        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let message = Array(state.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), address, socklen_t(length))
            }
        }
        return sent == message.count
    }
}
