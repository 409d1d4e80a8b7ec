/// Time since its making, on any clock: unlike the difference of two dates, nobody's change of the host's date is in it.
package struct Stopwatch: Sendable {
    private let elapsedSinceMaking: @Sendable () -> Duration

    package init(_ clock: some Clock<Duration>) {
        let start = clock.now
        elapsedSinceMaking = { start.duration(to: clock.now) }
    }

    package var elapsed: Duration { elapsedSinceMaking() }
}

extension Duration {
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
