/// The hosts of one availability zone, each at a position, under trees that know the most free CPU and memory
/// of any run of positions. A search skips runs in which nobody has enough.
struct Zone: Sendable {
    /// What the trees hold for a vacant position and for a host that takes no new tasks: less than any demand.
    static let unavailable: Int32 = -1

    let name: String
    private(set) var cpu = MaxTree(capacity: MaxTree.branching, initial: Zone.unavailable)
    private(set) var memory = MaxTree(capacity: MaxTree.branching, initial: Zone.unavailable)
    /// The host at each position ever used; vacant ones hold -1.
    private(set) var slots: [Int32] = []
    private var vacant: [Int32] = []

    init(name: String) {
        self.name = name
    }

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
        makeUnavailable(position: position)
        slots[position] = -1
        vacant.append(Int32(position))
    }

    mutating func makeUnavailable(position: Int) {
        cpu.set(Self.unavailable, at: position)
        memory.set(Self.unavailable, at: position)
    }

    /// A host that holds more than it has still takes tasks that want none of that resource, so less than nothing counts as nothing.
    mutating func setFree(cpuUnits: Int, memoryMiB: Int, position: Int) {
        cpu.set(Self.key(cpuUnits), at: position)
        memory.set(Self.key(memoryMiB), at: position)
    }

    /// An amount as the trees hold it. Clamping both sides keeps `free >= demand` true where it was true;
    /// whoever acts on a candidate compares the exact amounts.
    static func key(_ amount: Int) -> Int32 {
        Int32(min(max(amount, 0), Int(Int32.max)))
    }

    /// For each of the 16 entries of a level from `base`: negative where nobody has enough.
    ///
    /// A difference's sign, for it cannot overflow: the trees hold -1 at least, and a demand is not negative.
    func shortfalls(_ demand: CompiledDemand, level: Int, base: Int) -> MaxTree.Line {
        (cpu.line(level: level, base: base) &- demand.cpuKeys)
            | (memory.line(level: level, base: base) &- demand.memoryKeys)
    }

    func mayFit(_ demand: CompiledDemand, level: Int, index: Int) -> Bool {
        cpu[level, index] >= demand.cpuKey && memory[level, index] >= demand.memoryKey
    }

    func mayFit(_ demand: CompiledDemand, position: Int) -> Bool {
        cpu[position] >= demand.cpuKey && memory[position] >= demand.memoryKey
    }

    /// The first position at or after `start` whose host is available with enough CPU and memory.
    func nextCandidate(for demand: CompiledDemand, from start: Int) -> Int? {
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
