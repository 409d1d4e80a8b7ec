import Synchronization

/// A source of random numbers that many may draw from: the system's own, or a seeded one where a run must replay.
package final class RandomSource: RandomNumberGenerator, Sendable {
    private let draw: @Sendable () -> UInt64

    /// The operating system's cryptographically secure source.
    package static let system = RandomSource {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    package init<Generator: RandomNumberGenerator & Sendable>(_ generator: Generator) {
        let shared = Shared(generator)
        draw = { shared.next() }
    }

    private init(draw: @escaping @Sendable () -> UInt64) { self.draw = draw }

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
