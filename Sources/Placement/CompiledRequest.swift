/// A request made ready for comparing with many hosts.
///
/// A class only because a search hands it down to every host: one reference instead of many arrays to keep alive.
final class CompiledRequest: Sendable {
    let demand: ResourceDemand
    /// The amounts as the buckets' trees hold them.
    let cpuKey: Int32
    let memoryKey: Int32
    /// The same, 16 times.
    let cpuKeys: MaxTree.Line
    let memoryKeys: MaxTree.Line
    let staticTCP: [UInt16]
    let staticUDP: [UInt16]
    /// Places in the demand's `portRanges`, the longest range first: in that order they fit best.
    let rangesBySize: [Int]
    /// Whether it asks for something that few tasks have: a range of ports, GPUs.
    let wantsRarities: Bool
    /// Numbers of the required attributes that some host has.
    let attributes: [Int32]
    /// How many required attributes no host has.
    let unknownAttributeCount: Int
    /// Numbers of the locations where some host is.
    let locations: [Int32]
    /// Without which a host is no candidate; nil if all are, -1 if none is.
    let candidates: Int32?
    let expressions: [ClusterExpression]
    /// Whether the hosts with a task of `group` are out.
    let isDistinct: Bool
    /// The number of the group in the index; -1 if it has no tasks.
    let group: Int
    /// What the pool to choose from sees to, but for the spreads.
    let poolKey: Pool.Key
    /// Whether there is anything to check beyond what the pool and its trees check exactly.
    let needsFilters: Bool

    init(
        _ demand: ResourceDemand, constraints: [PlacementConstraint] = [], candidates: HostAttribute? = nil, group: Int,
        in index: borrowing HostIndex
    ) {
        self.demand = demand
        self.group = group
        cpuKey = Bucket.key(demand.cpuUnits)
        memoryKey = Bucket.key(demand.memoryMiB)
        cpuKeys = MaxTree.Line(repeating: cpuKey)
        memoryKeys = MaxTree.Line(repeating: memoryKey)
        staticTCP = demand.staticPorts.lazy.filter { $0.protocol == .tcp }.map(\.number).sorted()
        staticUDP = demand.staticPorts.lazy.filter { $0.protocol == .udp }.map(\.number).sorted()
        rangesBySize =
            demand.portRanges.isEmpty
            ? []
            : demand.portRanges.indices.sorted {
                (demand.portRanges[$1].count, $0) < (demand.portRanges[$0].count, $1)
            }
        wantsRarities = !demand.portRanges.isEmpty || demand.gpuCount > 0
        attributes = demand.requiredAttributes.compactMap(index.attributeTable.number(of:))
        unknownAttributeCount = demand.requiredAttributes.count - attributes.count
        locations = demand.locations.compactMap(index.attributeTable.number(of:))
        self.candidates = candidates.map { index.attributeTable.number(of: $0) ?? -1 }
        isDistinct = constraints.contains(.distinctInstance)
        expressions = constraints.compactMap { if case .memberOf(let expression) = $0 { expression } else { nil } }

        // What most hosts have is looked at when one of them is chosen: a pool for each such list would be one too many.
        let hostCount = index.hostCount
        var key = Pool.Key(expressions: expressions)
        for attribute in demand.requiredAttributes where index.isRare(index.hostCount(with: attribute), of: hostCount) {
            key.attributes.append(attribute)
        }
        if let candidates { key.attributes.append(candidates) }
        let nearby = demand.locations.reduce(0) { $0 + index.hostCount(with: $1) }
        if !demand.locations.isEmpty, index.isRare(nearby, of: hostCount) { key.locations = demand.locations }
        poolKey = key
        needsFilters =
            !demand.staticPorts.isEmpty || demand.dynamicTCPPortCount > 0 || demand.dynamicUDPPortCount > 0
            || wantsRarities || demand.wantsInterface
            || key.attributes.count < attributes.count + (candidates == nil ? 0 : 1)
            || (!demand.locations.isEmpty && key.locations.isEmpty) || cpuKey == .max || memoryKey == .max
    }

    /// Whether no host of the cluster can be the one, whatever it has left.
    var isHopeless: Bool {
        unknownAttributeCount > 0 || candidates == -1 || (!demand.locations.isEmpty && locations.isEmpty)
    }

    func staticPorts(_ protocol: PortProtocol) -> [UInt16] { `protocol` == .tcp ? staticTCP : staticUDP }

    func dynamicPortCount(_ protocol: PortProtocol) -> Int {
        `protocol` == .tcp ? demand.dynamicTCPPortCount : demand.dynamicUDPPortCount
    }
}

extension HostIndex {
    fileprivate borrowing func hostCount(with attribute: HostAttribute) -> Int {
        attributeTable.number(of: attribute).map { attributeTable.hostCount(of: $0) } ?? 0
    }

    fileprivate borrowing func isRare(_ count: Int, of hostCount: Int) -> Bool { count * 2 < hostCount }
}
