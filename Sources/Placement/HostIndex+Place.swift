extension HostIndex {
    /// Finds a host for each task and reserves there what the task demands.
    ///
    /// One number is drawn from `generator` a call.
    ///
    /// - Precondition: no task has a reservation, and none is named twice. Ids are made for the tasks that are placed.
    package mutating func place(
        _ request: PlacementRequest, tasks: [TaskID], using generator: inout some RandomNumberGenerator
    ) -> PlacementResult {
        var random = SeededGenerator(seed: generator.next())
        let compiled = CompiledDemand(request.demand, attributeTable: attributeTable)
        let plan = SearchPlan(request.strategies)
        let group = internGroup(request.group)
        for zone in allZones { groups[group].matchCapacity(zones[zone].capacity, zone: zone) }
        var bucket = allZones
        var result = PlacementResult(placements: [], explanation: nil)
        result.placements.reserveCapacity(tasks.count)
        for task in tasks {
            guard let slot = chooseHost(for: compiled, plan: plan, group: group, bucket: &bucket, using: &random) else {
                result.explanation = explain(compiled, limit: request.explainLimit)
                break
            }
            result.placements.append(commit(compiled, task: task, group: group, slot: slot))
        }
        dropGroupIfEmpty(group)
        return result
    }

    /// The host that fits and that the strategies like best, or nil if none fits.
    ///
    /// - Parameter bucket: room for a list of zones, passed in to be used again. All of them, if the plan starts without.
    private func chooseHost(
        for demand: CompiledDemand, plan: SearchPlan, group: Int, bucket: inout [Int],
        using random: inout SeededGenerator
    ) -> Int? {
        guard plan.startsWithZones else {
            return chooseHost(for: demand, among: bucket, rest: plan.rest, group: group, using: &random)
        }
        // Zones with equally few tasks of the group are one bucket; a fuller one is asked only if nobody there fits.
        var asked = -1
        while let fewest = fewestTasks(above: asked, group: group) {
            bucket.removeAll(keepingCapacity: true)
            for zone in zones.indices where groups[group].taskCount(zone: zone) == fewest { bucket.append(zone) }
            if let slot = chooseHost(for: demand, among: bucket, rest: plan.rest, group: group, using: &random) {
                return slot
            }
            asked = fewest
        }
        return nil
    }

    private func chooseHost(
        for demand: CompiledDemand, among bucket: [Int], rest: SearchPlan.Rest, group: Int,
        using random: inout SeededGenerator
    ) -> Int? {
        switch rest {
        case .any: return anyHost(for: demand, among: bucket, using: &random)
        case .fewestTasks: return leastLoadedHost(for: demand, among: bucket, group: group, using: &random)
        case .scan(let strategies):
            return bestHost(for: demand, among: bucket, strategies: strategies, group: group, using: &random)
        }
    }

    private func fewestTasks(above floor: Int, group: Int) -> Int? {
        var fewest: Int?
        for zone in zones.indices {
            let count = groups[group].taskCount(zone: zone)
            if count > floor && count < fewest ?? .max { fewest = count }
        }
        return fewest
    }
}

/// How a chain of strategies is searched: the common ones have a search of their own, all others are scored host by host.
struct SearchPlan: Sendable {
    enum Rest: Sendable {
        /// Any host that fits.
        case any
        /// The host with the fewest tasks of the group.
        case fewestTasks
        /// Scores every host with enough CPU and memory. Linear in hosts.
        case scan([PlacementStrategy])
    }

    /// Whether the zones with the fewest tasks of the group come first.
    let startsWithZones: Bool
    /// How to choose within the zones.
    let rest: Rest

    init(_ strategies: [PlacementStrategy]) {
        // Random prefers nobody, so only what else is in the chain counts.
        var links = strategies.filter { $0 != .random }
        startsWithZones = links.first == .spread(.availabilityZone)
        if startsWithZones { links.removeFirst() }
        // Hosts left by a spread over zones or instances are alike in it; a second one changes nothing.
        if startsWithZones { links.removeAll { $0 == .spread(.availabilityZone) } }
        switch links.first {
        case nil: rest = .any
        case .spread(.instance) where links.count == 1: rest = .fewestTasks
        default: rest = .scan(links)
        }
    }
}
