import Foundation
import Support
import Testing

@Suite struct ServiceTests {
    private func scratch() throws -> String {
        let path = NSTemporaryDirectory() + "service-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test func oneProcessHoldsADirectory() throws {
        let path = try scratch()
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let lock = try DirectoryLock(directory: path)
            #expect(throws: DirectoryLock.Failure.held) { try DirectoryLock(directory: path) }
            withExtendedLifetime(lock) {}
        }
        _ = try DirectoryLock(directory: path)
        #expect(throws: DirectoryLock.Failure.self) { try DirectoryLock(directory: path + "/none") }
    }

    @Test(arguments: [false, true])
    func systemdHears(isAbstract: Bool) throws {
        let directory = try scratch()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = isAbstract ? "@stevedore-test-\(UUID().uuidString)" : directory + "/notify"
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(2 + bytes.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        #expect(bound == 0)
        #expect(ServiceNotifier.notify("READY=1", socketPath: path))
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        #expect(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self) == "READY=1")
    }

    @Test(arguments: [nil, "", "relative", "/no/such/socket", "/" + String(repeating: "x", count: 200)])
    func nobodyToTell(path: String?) {
        #expect(!ServiceNotifier.notify("READY=1", socketPath: path))
    }

    @Test func aSignalIsOneWakeUp() async {
        let signal = Signal()
        signal.raise()
        signal.raise()
        await signal.wait()
        let waiter = Task { await signal.wait() }
        signal.raise()
        await waiter.value
        let cancelled = Task { await signal.wait() }
        cancelled.cancel()
        await cancelled.value
        // A cancelled wait has not used it up.
        signal.raise()
        await signal.wait()
        await signal.wait(atMost: .milliseconds(1), on: ContinuousClock())
    }
}
