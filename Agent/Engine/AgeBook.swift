import FoundationEssentials
import Support

/// How old things are, counted by a clock that nobody sets: a jump of the host's date makes nothing older or younger.
///
/// What is there when a run begins has the age that its date gives it; if that is in the future, none.
struct AgeBook<Subject: Hashable & Sendable>: Sendable {
    /// On the time scale of this run; negative for what is older than the run.
    private var births: [Subject: Duration] = [:]

    var subjects: some Collection<Subject> { births.keys }

    /// - Parameter uptime: how long this run has lasted.
    mutating func begin(_ subject: Subject, age: Duration = .zero, uptime: Duration) {
        births[subject] = uptime - age
    }

    mutating func begin(_ subject: Subject, bornAt date: Date, now: Date, uptime: Duration) {
        begin(subject, age: .seconds(max(0, now.timeIntervalSince(date))), uptime: uptime)
    }

    mutating func forget(_ subject: Subject) { births[subject] = nil }

    /// Forgets everything else.
    mutating func keep(_ subjects: Set<Subject>) {
        births = births.filter { subjects.contains($0.key) }
    }

    /// Takes in what is new among them, and forgets everything else.
    mutating func follow(_ subjects: Set<Subject>, uptime: Duration) {
        keep(subjects)
        for subject in subjects where births[subject] == nil { begin(subject, uptime: uptime) }
    }

    func ages(uptime: Duration) -> [Subject: Duration] { births.mapValues { uptime - $0 } }

    func age(_ subject: Subject, uptime: Duration) -> Duration? { births[subject].map { uptime - $0 } }
}
