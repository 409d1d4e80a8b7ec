import Foundation
import Synchronization

/// A TCP server that says one thing to each client, without reading HTTP: what no well-behaved server would do.
final class Listener: Sendable {
    let port: UInt16
    private let descriptor: Int32
    private let accepted = Mutex<[Int32]>([])

    /// - Parameters:
    ///   - says: sent as soon as the client has sent something; nil for a server that is silent for ever.
    ///   - closes: whether it closes after that.
    init(says: String? = "", closes: Bool = true) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard result else { throw RawClient.Failure(call: "listen", number: errno) }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                self?.accepted.withLock { $0.append(client) }
                guard let says else { continue }
                var byte: UInt8 = 0
                _ = recv(client, &byte, 1, 0)
                _ = send(client, says, says.utf8.count, Int32(MSG_NOSIGNAL))
                if closes { shutdown(client, Int32(SHUT_WR)) }
            }
        }
    }

    deinit {
        refuse()
        close(descriptor)
        for client in accepted.withLock({ $0 }) { close(client) }
    }

    var acceptedCount: Int { accepted.withLock { $0.count } }

    /// Refuses from now on.
    func refuse() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
