import AgentRuntime

/// What image clean-up remembers from one round to the next.
struct ImageCleaner: Sendable {
    /// Images that this agent's containers were made from or that its pulled names stood for, since they last were.
    private var own = AgeBook<String>()
    /// Images of others, since they were first seen unused. Their dates say when they were built, and not more.
    private var unused = AgeBook<String>()
    /// Containers of others, since they were first seen stopped.
    private var stopped = AgeBook<String>()

    /// - Returns: the images to remove, and the containers of others.
    mutating func plan(
        pulled: [ImageCleanupPlan.PulledImage], present: [RuntimeImage], uses: [ImageUse], wanted: Set<String>,
        uptime: Duration, policy: ImageCleanupPolicy
    ) -> (images: ImageCleanupPlan, containers: [String]) {
        let usedIDs = Set(uses.map(\.imageID))
        note(pulled.map(\.name), present, uses, usedIDs, uptime)
        let strangers = uses.filter { $0.maker == .somethingElse && $0.isStopped }
        let containers = strangers.compactMap { use in
            stopped.age(use.containerID, uptime: uptime).map { (id: use.containerID, age: $0) }
        }.filter { $0.age >= policy.untrackedContainerAge }
        let plan = ImageCleanupPlan(
            pulled: pulled, present: present, usedIDs: usedIDs, wanted: wanted,
            superseded: own.ages(uptime: uptime), untracked: unused.ages(uptime: uptime), policy: policy)
        guard policy.isEnabled, policy.includesUntracked else { return (plan, []) }
        let oldest = containers.sorted { ($1.age, $0.id) < ($0.age, $1.id) }.prefix(policy.limit)
        return (plan, oldest.map(\.id))
    }

    private mutating func note(
        _ pulled: [String], _ present: [RuntimeImage], _ uses: [ImageUse], _ usedIDs: Set<String>, _ uptime: Duration
    ) {
        let pulledNames = Set(pulled.map(ImageReference.canonical))
        for image in present where image.names.contains(where: { pulledNames.contains(ImageReference.canonical($0)) }) {
            own.begin(image.id, uptime: uptime)
        }
        for use in uses where use.maker == .thisAgent { own.begin(use.imageID, uptime: uptime) }
        let unusedIDs = Set(present.map(\.id)).subtracting(usedIDs)
        own.keep(Set(present.map(\.id)))
        unused.follow(unusedIDs, uptime: uptime)
        stopped.follow(Set(uses.filter(\.isStopped).map(\.containerID)), uptime: uptime)
    }
}
