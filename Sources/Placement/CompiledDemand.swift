/// A demand made ready for comparing with many hosts.
///
/// A class only because a search hands it down to every host: one reference instead of four arrays to keep alive.
final class CompiledDemand: Sendable {
    let demand: ResourceDemand
    /// The amounts as the zones' trees hold them.
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
    /// Whether there is anything to check beyond what the trees check exactly.
    let needsFilters: Bool

    init(_ demand: ResourceDemand, attributeTable: AttributeTable) {
        self.demand = demand
        cpuKey = Zone.key(demand.cpuUnits)
        memoryKey = Zone.key(demand.memoryMiB)
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
        attributes = demand.requiredAttributes.compactMap(attributeTable.number(of:))
        unknownAttributeCount = demand.requiredAttributes.count - attributes.count
        locations = demand.locations.compactMap(attributeTable.number(of:))
        needsFilters =
            !demand.staticPorts.isEmpty || demand.dynamicTCPPortCount > 0 || demand.dynamicUDPPortCount > 0
            || wantsRarities || !demand.requiredAttributes.isEmpty || !demand.locations.isEmpty
            || cpuKey == .max || memoryKey == .max
    }

    func staticPorts(_ protocol: PortProtocol) -> [UInt16] { `protocol` == .tcp ? staticTCP : staticUDP }

    func dynamicPortCount(_ protocol: PortProtocol) -> Int {
        `protocol` == .tcp ? demand.dynamicTCPPortCount : demand.dynamicUDPPortCount
    }
}
