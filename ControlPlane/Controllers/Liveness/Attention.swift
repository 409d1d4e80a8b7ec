/// For how long this process has paid attention to its agents: time in which it stood still itself is no silence of theirs.
///
/// Pure: the rounds of ``AgentLiveness/run(clock:)`` say how long they were meant to take, and how long they took.
struct Attention: Sendable {
    /// A round that ends later than this was held up: the process was stopped, or starved of the processor or the disk.
    static let tolerance: Duration = .milliseconds(100)
    /// After being away for so long, the process is to its agents what one that has just started is: their requests have
    /// failed, and the pauses between their attempts have grown.
    static let longAbsence: Duration = .seconds(10)

    private(set) var stalled: Duration = .zero

    /// What of the time since the start counts.
    func time(since start: ContinuousClock.Instant, _ now: ContinuousClock.Instant) -> Duration {
        now - start - stalled
    }

    /// Of a round that was held up half of what was meant counts, so that even on a machine where every round is late a
    /// host that is silent is lost at last.
    ///
    /// - Returns: whether agents cannot be expected to be back at once.
    mutating func round(planned: Duration, lasted: Duration) -> Bool {
        let late = lasted - planned
        guard late > Self.tolerance else { return false }
        stalled += late + planned / 2
        return late >= Self.longAbsence
    }
}
