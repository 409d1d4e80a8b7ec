/// Hosts of a pool that are alike in every attribute that it spreads over, each at a position, under trees that know the
/// most free CPU and memory of any run of positions. A search skips runs in which nobody has enough.
struct Bucket: Sendable {
    /// What the trees hold for a vacant position and for a host that takes no new tasks: less than any demand.
    static let unavailable: Int32 = -1

    private(set) var cpu = MaxTree(capacity: MaxTree.branching, initial: Bucket.unavailable)
    private(set) var memory = MaxTree(capacity: MaxTree.branching, initial: Bucket.unavailable)
    /// The host at each position ever used; vacant ones hold -1.
    private(set) var slots: [Int32] = []
    private var vacant: [Int32] = []
    /// The available hosts by what they have left; nil until a `binpack` asks for it.
    private(set) var byCPU: OrderedHosts?
    private(set) var byMemory: OrderedHosts?

    var capacity: Int { cpu.capacity }

    /// Gives the host a position, a vacated one first.
    mutating func add(slot: Int) -> Int {
        if let position = vacant.popLast() {
            slots[Int(position)] = Int32(slot)
            return Int(position)
        }
        slots.append(Int32(slot))
        if slots.count > capacity {
            cpu.grow(to: capacity * 2)
            memory.grow(to: cpu.capacity)
        }
        return slots.count - 1
    }

    mutating func remove(position: Int) {
        setKeys(cpu: Self.unavailable, memory: Self.unavailable, position: position)
        slots[position] = -1
        vacant.append(Int32(position))
    }

    mutating func makeUnavailable(position: Int) {
        setKeys(cpu: Self.unavailable, memory: Self.unavailable, position: position)
    }

    /// A host that holds more than it has still takes tasks that want none of that resource, so less than nothing counts
    /// as nothing.
    mutating func setFree(cpuUnits: Int, memoryMiB: Int, position: Int) {
        setKeys(cpu: Self.key(cpuUnits), memory: Self.key(memoryMiB), position: position)
    }

    private mutating func setKeys(cpu newCPU: Int32, memory newMemory: Int32, position: Int) {
        let old = (cpu: cpu[position], memory: memory[position])
        if old == (newCPU, newMemory) { return }
        let number = Int32(position)
        if old.cpu != Self.unavailable {
            byCPU?.remove(.init(first: old.cpu, second: old.memory, position: number))
            byMemory?.remove(.init(first: old.memory, second: old.cpu, position: number))
        }
        if newCPU != Self.unavailable {
            byCPU?.insert(.init(first: newCPU, second: newMemory, position: number))
            byMemory?.insert(.init(first: newMemory, second: newCPU, position: number))
        }
        cpu.set(newCPU, at: position)
        memory.set(newMemory, at: position)
    }

    /// An amount as the trees hold it. Clamping both sides keeps `free >= demand` true where it was true;
    /// whoever acts on a candidate compares the exact amounts.
    static func key(_ amount: Int) -> Int32 {
        Int32(min(max(amount, 0), Int(Int32.max)))
    }

    // MARK: Order

    /// Makes the order of a resource, which is kept from then on.
    mutating func order(by field: PlacementStrategy.BinpackField) {
        switch field {
        case .cpu: if byCPU == nil { byCPU = OrderedHosts(entries(first: cpu, second: memory)) }
        case .memory: if byMemory == nil { byMemory = OrderedHosts(entries(first: memory, second: cpu)) }
        }
    }

    private func entries(first: MaxTree, second: MaxTree) -> [OrderedHosts.Entry] {
        slots.indices.compactMap { position in
            first[position] == Self.unavailable
                ? nil
                : .init(first: first[position], second: second[position], position: Int32(position))
        }
    }

    /// Hands `body` the available hosts with enough CPU and memory, the one with the least of `field` first, until it
    /// returns false.
    ///
    /// - Precondition: ``order(by:)`` was called for the field.
    func scan(_ field: PlacementStrategy.BinpackField, _ demand: CompiledRequest, _ body: (OrderedHosts.Entry) -> Bool) {
        switch field {
        case .cpu: byCPU?.scan(first: demand.cpuKey, second: demand.memoryKey, body)
        case .memory: byMemory?.scan(first: demand.memoryKey, second: demand.cpuKey, body)
        }
    }

    // MARK: Trees

    /// For each of the 16 entries of a level from `base`: negative where nobody has enough.
    ///
    /// A difference's sign, for it cannot overflow: the trees hold -1 at least, and a demand is not negative.
    func shortfalls(_ demand: CompiledRequest, level: Int, base: Int) -> MaxTree.Line {
        (cpu.line(level: level, base: base) &- demand.cpuKeys)
            | (memory.line(level: level, base: base) &- demand.memoryKeys)
    }

    func mayFit(_ demand: CompiledRequest, level: Int, index: Int) -> Bool {
        cpu[level, index] >= demand.cpuKey && memory[level, index] >= demand.memoryKey
    }

    func mayFit(_ demand: CompiledRequest, position: Int) -> Bool {
        cpu[position] >= demand.cpuKey && memory[position] >= demand.memoryKey
    }

    /// The first position at or after `start` whose host is available with enough CPU and memory.
    func nextCandidate(for demand: CompiledRequest, from start: Int) -> Int? {
        let top = cpu.topLevel
        var level = 0
        var index = start
        while index < cpu.count(level: level) {
            if mayFit(demand, level: level, index: index) {
                if level == 0 { return index }
                level -= 1
                index <<= MaxTree.branchingBits
            } else {
                index += 1
                while level < top, index & (MaxTree.branching - 1) == 0 {
                    level += 1
                    index >>= MaxTree.branchingBits
                }
            }
        }
        return nil
    }
}
