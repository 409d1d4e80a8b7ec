import Glibc
import Synchronization

/// A source of random numbers that many may draw from: the system's own, or a seeded one where a run must replay.
package final class RandomSource: RandomNumberGenerator, Sendable {
    private let draw: @Sendable () -> UInt64

    /// The operating system's cryptographically secure source.
    package static let system = RandomSource(SystemRandomness())

    package init<Generator: RandomNumberGenerator & Sendable>(_ generator: Generator) {
        let shared = Shared(generator)
        draw = { shared.next() }
    }

    package func next() -> UInt64 { draw() }

    package func hex32() -> String {
        var source = self
        return Identifier.hex32(using: &source)
    }

    package func uuid() -> String {
        var source = self
        return Identifier.uuid(using: &source)
    }

    private final class Shared<Generator: RandomNumberGenerator & Sendable>: Sendable {
        private let generator: Mutex<Generator>
        init(_ generator: Generator) { self.generator = Mutex(generator) }
        func next() -> UInt64 { generator.withLock { $0.next() } }
    }
}

/// The operating system's source, asked for many numbers at once: one at a time is a system call each.
private struct SystemRandomness: RandomNumberGenerator, Sendable {
    /// 256 bytes, the most that the system gives at once.
    private static let count = 32

    private var numbers = [UInt64](repeating: 0, count: count)
    private var left = 0

    mutating func next() -> UInt64 {
        if left == 0 { refill() }
        left -= 1
        defer { numbers[left] = 0 }
        return numbers[left]
    }

    private mutating func refill() {
        numbers.withUnsafeMutableBytes { buffer in
            // It fails only for more bytes than this, or in a kernel without a source.
            precondition(getentropy(buffer.baseAddress, buffer.count) == 0, "getentropy failed")
        }
        left = Self.count
    }
}
