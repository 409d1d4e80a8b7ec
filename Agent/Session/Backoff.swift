/// Pauses between attempts: each half as long again as the one before, spread so that hosts that lost the same control
/// plane do not all come back at once.
///
/// - Source: spec/ecs-runtime.md section 9, "Reconnect backoff".
struct Backoff {
    static let shortest: Duration = .milliseconds(250)
    static let longest: Duration = .seconds(30)
    static let factor = 1.5
    /// A pause is up to this share shorter or longer.
    static let jitter = 0.2

    private var next = Self.shortest

    mutating func pause(using generator: inout some RandomNumberGenerator) -> Duration {
        let pause = next * Double.random(in: 1 - Self.jitter...1 + Self.jitter, using: &generator)
        next = min(next * Self.factor, Self.longest)
        return pause
    }

    mutating func reset() { next = Self.shortest }
}
