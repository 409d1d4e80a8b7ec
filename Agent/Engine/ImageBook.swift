import AgentJournal
import FoundationEssentials

/// The images that this agent pulled, by the names that task definitions give them.
struct ImageBook: Sendable {
    private var pulled = AgeBook<String>()
    private var used = AgeBook<String>()

    init() {}

    init(_ images: [PulledImage], now: Date, uptime: Duration) {
        for image in images {
            pulled.begin(image.name, bornAt: image.pulledAt, now: now, uptime: uptime)
            used.begin(image.name, bornAt: image.usedAt, now: now, uptime: uptime)
        }
    }

    var names: some Collection<String> { pulled.subjects }

    func contains(_ name: String) -> Bool { pulled.age(name, uptime: .zero) != nil }

    /// - Returns: whether it is new here.
    mutating func insert(_ name: String, uptime: Duration) -> Bool {
        guard !contains(name) else { return false }
        pulled.begin(name, uptime: uptime)
        used.begin(name, uptime: uptime)
        return true
    }

    mutating func use(_ name: String, uptime: Duration) { used.begin(name, uptime: uptime) }

    mutating func remove(_ name: String) {
        pulled.forget(name)
        used.forget(name)
    }

    func candidates(uptime: Duration) -> [ImageCleanupPlan.PulledImage] {
        pulled.subjects.map { name in
            .init(
                name: name, age: pulled.age(name, uptime: uptime) ?? .zero,
                idle: used.age(name, uptime: uptime) ?? .zero)
        }
    }
}
