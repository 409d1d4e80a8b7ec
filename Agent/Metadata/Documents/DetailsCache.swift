import AgentJournal
package import AgentRuntime
package import FoundationEssentials
package import Support

/// What the runtime says of containers, asked once in a container's life as far as that can be.
package actor DetailsCache {
    private struct Entry {
        var details: ContainerDetails
        var readAt: Date
        /// What it was when it was read: one that has ended since is asked for once more.
        var hadStopped: Bool
    }

    /// How old the word on a container with a health check may be.
    private static let healthAge: TimeInterval = 5

    private let inspector: any ContainerInspector
    private let logger: Logger
    private let now: @Sendable () -> Date
    private var entries: [String: Entry] = [:]

    package init(inspector: any ContainerInspector, logger: Logger, now: @escaping @Sendable () -> Date = { Date() }) {
        self.inspector = inspector
        self.logger = logger
        self.now = now
    }

    /// The details of containers, by the runtime's id; without those that it cannot tell of now.
    func details(of containers: [ContainerRecord]) async -> [String: ContainerDetails] {
        let known = containers.filter { $0.runtimeID != nil }
        let missing = known.filter { !isFresh($0) }
        if !missing.isEmpty { await read(missing) }
        return known.reduce(into: [:]) { found, container in
            if let id = container.runtimeID { found[id] = entries[id]?.details }
        }
    }

    /// Forgets all but these containers.
    package func keep(_ runtimeIDs: Set<String>) {
        entries = entries.filter { runtimeIDs.contains($0.key) }
    }

    private func isFresh(_ container: ContainerRecord) -> Bool {
        guard let id = container.runtimeID, let entry = entries[id] else { return false }
        guard entry.hadStopped == (container.phase == .stopped) else { return false }
        return entry.details.health == nil || entry.hadStopped
            || abs(now().timeIntervalSince(entry.readAt)) < Self.healthAge
    }

    private func read(_ containers: [ContainerRecord]) async {
        let stopped = Set(containers.filter { $0.phase == .stopped }.compactMap(\.runtimeID))
        do throws(RuntimeError) {
            for details in try await inspector.details(ids: containers.compactMap(\.runtimeID)) {
                entries[details.id] = Entry(
                    details: details, readAt: now(), hadStopped: stopped.contains(details.id))
            }
        } catch {
            logger.warning("containers not inspected for their metadata", ["error": error.message])
        }
    }
}
