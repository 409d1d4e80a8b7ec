import CEpoll
import Glibc

/// A socket that sends what it is given and hands over what comes; non-blocking.
class Connection: Pollable {
    let loop: EventLoop
    private let port: UInt16
    private var descriptor: Int32 = -1
    private var output: [UInt8] = []
    private var written = 0
    private var waitsForOutput = false
    /// What has come and was not taken yet.
    final var input: [UInt8] = []
    final var taken = 0

    init(loop: EventLoop, port: UInt16) {
        self.loop = loop
        self.port = port
    }

    var isOpen: Bool { descriptor >= 0 }

    /// - Returns: whether the kernel took it. It may fail later all the same.
    func open() -> Bool {
        precondition(descriptor < 0)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_INET, type, 0)
        precondition(descriptor >= 0, "socket: \(String(cString: strerror(errno)))")
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 || errno == EINPROGRESS else {
            Glibc.close(descriptor)
            descriptor = -1
            return false
        }
        waitsForOutput = true
        loop.watch(descriptor, self, output: true)
        return true
    }

    func close() {
        guard descriptor >= 0 else { return }
        loop.forget(descriptor)
        Glibc.close(descriptor)
        descriptor = -1
        output.removeAll()
        input.removeAll()
        written = 0
        taken = 0
    }

    func send(_ bytes: [UInt8]) {
        output.append(contentsOf: bytes)
        if !waitsForOutput { flush() }
    }

    private func flush() {
        while written < output.count {
            let count = output.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written,
                    Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EAGAIN {
                    if !waitsForOutput { loop.change(descriptor, output: true) }
                    waitsForOutput = true
                } else {
                    // The reader notices too; once is enough.
                    lost()
                }
                return
            }
            written += count
        }
        output.removeAll(keepingCapacity: output.count < 65_536)
        written = 0
        if waitsForOutput { loop.change(descriptor, output: false) }
        waitsForOutput = false
    }

    final func ready(_ events: UInt32) {
        if events & EPOLLOUT.rawValue != 0 { flush() }
        guard isOpen, events & ~EPOLLOUT.rawValue != 0 else { return }
        var hasEnded = false
        while isOpen {
            let count = loop.scratch.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else {
                hasEnded = count == 0 || errno != EAGAIN
                break
            }
            input.append(contentsOf: loop.scratch[..<count])
            if count < loop.scratch.count { break }
        }
        if taken < input.count { received() }
        if taken == input.count {
            input.removeAll(keepingCapacity: false)
            taken = 0
        } else if taken > 65_536 {
            input.removeFirst(taken)
            taken = 0
        }
        if hasEnded, isOpen { lost() }
    }

    /// There is more in ``input``: take it by moving ``taken``.
    func received() {}

    /// The other side is gone. The socket is still to be closed.
    func lost() { close() }

    /// The index just after the next CR LF CR LF; nil if it has not come.
    final func endOfHead() -> Int? {
        var index = taken
        while index + 3 < input.count {
            if input[index + 3] > 0x0D {
                index += 4
            } else if input[index] == 0x0D, input[index + 1] == 0x0A, input[index + 2] == 0x0D, input[index + 3] == 0x0A
            {
                return index + 4
            } else {
                index += 1
            }
        }
        return nil
    }

    /// `HTTP/1.1 200 …`
    final func status() -> Int {
        guard input.count >= taken + 12 else { return 0 }
        return input[(taken + 9)..<(taken + 12)].reduce(0) { $0 * 10 + Int($1 & 15) }
    }

    final func contentLength(head: Range<Int>) -> Int {
        let name = Array("content-length:".utf8)
        var index = head.lowerBound
        while index + name.count < head.upperBound {
            if input[index] == 0x0A, name.indices.allSatisfy({ input[index + 1 + $0] | 0x20 == name[$0] | 0x20 }) {
                return input[(index + 1 + name.count)..<head.upperBound].drop { $0 == 0x20 }.prefix { $0 != 0x0D }
                    .reduce(0) { $0 * 10 + Int($1 & 15) }
            }
            index += 1
        }
        return 0
    }
}
