#if canImport(Glibc)
    import Glibc
#endif

/// Tells systemd how a `Type=notify` service is doing.
///
/// - Source: sd_notify(3): a datagram to the socket that `NOTIFY_SOCKET` names; `@` stands for an abstract one.
package enum ServiceManager {
    /// Sends `READY=1`, `STOPPING=1` or the like. Without a service manager, or if it does not listen, nothing happens:
    /// a service must run as well without one.
    package static func notify(_ state: String, environment: [String: String] = ProcessEnvironment.variables) {
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let message = Array(state.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), pointer, length)
            }
        }
    }
}
