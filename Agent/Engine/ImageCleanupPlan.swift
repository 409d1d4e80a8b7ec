package import AgentRuntime

/// Which images go in one round, decided from what is known: pure.
///
/// An image goes if this agent pulled it long enough ago, no task that the journal knows names it, and no container of
/// the runtime, whoever made it, was made from it; the least recently used first. The runtime is never forced: what
/// came into use meanwhile, it keeps.
package struct ImageCleanupPlan: Sendable, Hashable {
    package struct PulledImage: Sendable, Hashable {
        package var name: String
        /// Since it was first pulled.
        package var age: Duration
        /// Since the last task that named it was cleaned up.
        package var idle: Duration

        package init(name: String, age: Duration, idle: Duration) {
            self.name = name
            self.age = age
            self.idle = idle
        }
    }

    /// The repository of the image that the agent itself brings to hosts.
    static let pauseRepository = "docker.io/stevedore/pause"

    /// Names and ids for the runtime to remove, in this order.
    package private(set) var removals: [String] = []
    /// Images that this agent pulled, and that something else has removed.
    package private(set) var missing: [String] = []

    /// - Parameters:
    ///   - pulled: what this agent pulled.
    ///   - present: what the runtime has.
    ///   - usedIDs: ids of the images of all containers.
    ///   - wanted: the images that tasks name.
    ///   - superseded: images that this agent's containers were made from, by id, and for how long they were not.
    ///   - untracked: images that this agent did not pull, by id, and for how long they were not in use.
    package init(
        pulled: [PulledImage], present: [RuntimeImage], usedIDs: Set<String>, wanted: Set<String>,
        superseded: [String: Duration] = [:], untracked: [String: Duration] = [:], policy: ImageCleanupPolicy
    ) {
        guard policy.isEnabled else { return }
        var byName: [String: RuntimeImage] = [:]
        for image in present {
            for name in image.names { byName[ImageReference.canonical(name)] = image }
        }
        let wantedIDs = Set(wanted.compactMap { byName[ImageReference.canonical($0)]?.id })
        let excludedNames = Set(policy.excluded.map(ImageReference.canonical))
        func mayGo(_ image: RuntimeImage) -> Bool {
            guard !usedIDs.contains(image.id), !wantedIDs.contains(image.id) else { return false }
            return !image.names.map(ImageReference.canonical).contains { name in
                excludedNames.contains(name) || ImageReference.repository(name) == Self.pauseRepository
            }
        }

        for candidate in pulled.sorted(by: { ($1.idle, $0.name) < ($0.idle, $1.name) })
        where !wanted.contains(candidate.name) {
            guard let image = byName[ImageReference.canonical(candidate.name)] else {
                missing.append(candidate.name)
                continue
            }
            guard removals.count < policy.limit, candidate.age >= policy.minimumAge, mayGo(image) else { continue }
            removals.append(candidate.name)
        }

        let pulledIDs = Set(pulled.compactMap { byName[ImageReference.canonical($0.name)]?.id })
        let others = present.filter { !pulledIDs.contains($0.id) && mayGo($0) }.compactMap { image in
            Self.idle(image, superseded, untracked, policy).map { (image: image, idle: $0) }
        }
        let left = policy.limit - removals.count
        for (image, _) in others.sorted(by: { ($1.idle, $0.image.id) < ($0.idle, $1.image.id) }).prefix(left) {
            removals += image.names.isEmpty ? [image.id] : image.names
        }
    }

    /// For how long an image that is not among the pulled ones was of no use; nil if it is to stay.
    private static func idle(
        _ image: RuntimeImage, _ superseded: [String: Duration], _ untracked: [String: Duration],
        _ policy: ImageCleanupPolicy
    ) -> Duration? {
        // A newer image took its tag. One that has a tag all the same got it from someone else.
        if let idle = superseded[image.id], image.names.allSatisfy({ $0.contains("@") }) {
            return idle >= policy.minimumAge ? idle : nil
        }
        guard policy.includesUntracked, let idle = untracked[image.id] else { return nil }
        return idle >= policy.untrackedMinimumAge ? idle : nil
    }
}
