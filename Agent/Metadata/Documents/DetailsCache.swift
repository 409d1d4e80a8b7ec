import AgentJournal
package import AgentRuntime
package import FoundationEssentials
package import Support

/// What the runtime says of containers, asked once in a container's life as far as that can be.
package actor DetailsCache {
    private struct Entry {
        var details: ContainerDetails
        var readAt: Date
        /// The run of the container that it was read in, counted from 0: each gets an address of its own. Nil between
        /// runs.
        var run: Int?
    }

    /// How old the word on the last probe of a health check may be.
    private static let probeAge: TimeInterval = 5

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
        // What has stopped has no address any more: what was known before says more.
        guard let run = container.run else { return true }
        guard entry.run == run else { return false }
        return container.health == nil || abs(now().timeIntervalSince(entry.readAt)) < Self.probeAge
    }

    private func read(_ containers: [ContainerRecord]) async {
        do throws(RuntimeError) {
            for details in try await inspector.details(ids: containers.compactMap(\.runtimeID)) {
                let run = containers.first { $0.runtimeID == details.id }?.run
                entries[details.id] = Entry(details: details, readAt: now(), run: run)
            }
        } catch {
            logger.warning("containers not inspected for their metadata", ["error": error.message])
        }
    }
}

extension ContainerRecord {
    /// How often it was started once more, if it runs.
    fileprivate var run: Int? { phase == .running ? restartCount ?? 0 : nil }
}
