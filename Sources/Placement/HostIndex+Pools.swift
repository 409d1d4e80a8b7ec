/// How pools are made, kept up to date and forgotten.
extension HostIndex {
    /// More pools than this are not kept: the one that was not used for longest goes.
    private static let poolLimit = 64

    /// The number of the pool, which is up to date.
    mutating func pool(_ key: Pool.Key) -> Int {
        poolUses += 1
        let number = poolOfKey[key] ?? makePool(key)
        pools[number].lastUse = poolUses
        catchUp(number)
        return number
    }

    /// Brings a pool up to date with everything that has changed since it was last.
    mutating func catchUp(_ number: Int) {
        var cursor = pools[number].cursor
        let end = journal.end
        if cursor == end { return }
        if cursor < journal.start {
            for slot in slots.indices { refresh(number, slot: slot) }
        } else {
            while cursor < end {
                refresh(number, slot: journal[cursor])
                cursor += 1
            }
        }
        pools[number].cursor = end
    }

    private mutating func makePool(_ key: Pool.Key) -> Int {
        let number: Int
        if pools.count < Self.poolLimit {
            number = pools.count
            pools.append(Pool(key, generation: poolUses))
        } else {
            number = pools.indices.min { pools[$0].lastUse < pools[$1].lastUse } ?? 0
            poolOfKey[pools[number].key] = nil
            pools[number] = Pool(key, generation: poolUses)
        }
        pools[number].cursor = -1
        poolOfKey[key] = number
        return number
    }

    private mutating func refresh(_ number: Int, slot: Int) {
        if pools[number].isOutdated(slot: slot, revision: slots[slot].revision) {
            let key = pools[number].key
            let isOccupied = slots[slot].isOccupied
            let hasMoved = pools[number].seat(
                slot: slot, values: isOccupied ? key.spreadAttributes.map { slots[slot].host.value(of: $0) } : nil,
                isMember: isOccupied && belongs(slot: slot, to: key), revision: slots[slot].revision)
            if hasMoved && slots[slot].reservationCount > 0 {
                poolUses += 1
                pools[number].generation = poolUses
            }
        }
        // Field by field: a computed property of the record would copy it, with a reference count for each of its lists.
        pools[number].setFree(
            slot: slot, isAvailable: slots[slot].isAvailable, cpuUnits: slots[slot].freeCPUUnits,
            memoryMiB: slots[slot].freeMemoryMiB)
    }

    /// Whether the requests of the pool may choose the host.
    private func belongs(slot: Int, to key: Pool.Key) -> Bool {
        key.attributes.allSatisfy { has($0, slot: slot) }
            && (key.locations.isEmpty || key.locations.contains { has($0, slot: slot) })
            && key.expressions.allSatisfy { selects($0, slot: slot) }
    }

    private func has(_ attribute: HostAttribute, slot: Int) -> Bool {
        attributeTable.number(of: attribute).map { slots[slot].attributes.containsSorted($0) } ?? false
    }

    func selects(_ expression: ClusterExpression, slot: Int) -> Bool {
        var work = ClusterQueryWork(limit: Self.stepLimit)
        let isSelected = expression.query.selects(
            SlotQueryTarget(slot: slots[slot], groupNames: groupNames(slot: slot, for: expression.query)), work: &work)
        return isSelected && !work.isExhausted
    }

    /// Steps of evaluating an expression for one host; what takes more selects nobody. Ours: attributes and usual patterns
    /// take a few dozen.
    private static let stepLimit = 5000

    private func groupNames(slot: Int, for query: ClusterQuery) -> [String] {
        guard query.asksForTaskGroups else { return [] }
        var seen: Set<Int32> = []
        return entries(slot: slot).compactMap { entry in
            entry.isCounted && seen.insert(entry.group).inserted ? groups[Int(entry.group)].name : nil
        }
    }

    // MARK: Counts

    /// The counts of a group by the places of a pool, which are right then and have the pool's shape.
    ///
    /// - Returns: their number in the group's list.
    mutating func poolTally(group: Int, pool: Int) -> Int {
        let generation = pools[pool].generation
        var found = 0
        while found < groups[group].pools.count, groups[group].pools[found].pool != pool { found += 1 }
        if found == groups[group].pools.count || groups[group].pools[found].generation != generation {
            let tally = makePoolTally(group: group, pool: pool)
            // Those of pools that are gone or have changed go too.
            groups[group].pools.removeAll { pools[$0.pool].generation != $0.generation }
            groups[group].pools.append(tally)
            found = groups[group].pools.count - 1
        }
        if groups[group].pools[found].shape != pools[pool].shape { groups[group].pools[found].match(pools[pool]) }
        return found
    }

    private func makePoolTally(group: Int, pool: Int) -> PoolTally {
        var tally = PoolTally(pool: pool, generation: pools[pool].generation)
        for (slot, count) in groups[group].counts {
            let place = pools[pool].place(of: slot)
            guard place != .none else { continue }
            tally.add(count, at: place, capacity: pools[pool].buckets[Int(place.bucket)].capacity)
        }
        return tally
    }
}

extension Host {
    /// Whether it takes new tasks.
    var isAvailable: Bool { status == .active && isAgentConnected }

    /// Nil if it has no such attribute; empty if the attribute has no value.
    func value(of attribute: String) -> String? {
        if attribute == Self.availabilityZoneAttribute { return availabilityZone }
        return attributes.last { $0.name == attribute }.map { $0.value ?? "" }
    }
}

/// A host, as the conditions of an expression see it.
private struct SlotQueryTarget: ClusterQueryTarget {
    let slot: HostIndex.HostSlot
    let groupNames: [String]

    var agentConnected: Bool { slot.host.isAgentConnected }
    var agentVersion: String? { slot.host.agentVersion }
    var ec2InstanceID: String? { slot.host.ec2InstanceID }
    var registeredAtSeconds: Int { slot.host.registeredAtSeconds }
    var runningTasksCount: Int { slot.runningTaskCount }
    var taskGroups: [String] { groupNames }

    func attribute(named name: String) -> String? {
        if let attribute = slot.host.attributes.last(where: { $0.name == name }) { return attribute.value ?? "" }
        let hasZone = name == Host.availabilityZoneAttribute && !slot.host.availabilityZone.isEmpty
        return hasZone ? slot.host.availabilityZone : nil
    }
}
