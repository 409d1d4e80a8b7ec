import Placement

/// The luck of a simulation: the same seed brings the same.
package struct SimulationRandom: RandomNumberGenerator, Sendable {
    private var generator: SeededGenerator

    package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    package mutating func next() -> UInt64 { generator.next() }

    package mutating func seconds(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }

    package mutating func happens(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &self) < probability
    }

    /// Luck of its own for a part of the simulation, so that what befalls one does not shift what befalls another.
    package mutating func fork() -> SimulationRandom { SimulationRandom(seed: next()) }
}
