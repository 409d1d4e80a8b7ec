/// One link in a chain of placement strategies: each prefers some of the hosts that the links before it left.
///
/// Strategies are best effort: they choose among hosts that fit and never make a task unplaceable.
/// Whatever is still equal after the last link is chosen between at random, or by the host that is fullest.
package enum PlacementStrategy: Hashable, Sendable {
    package enum SpreadField: Hashable, Sendable {
        /// `attribute:NAME`. Hosts without the attribute are a bucket of their own.
        case attribute(String)
        /// `instanceId`, or its synonym `host`
        case instance

        package static let availabilityZone = Self.attribute(Host.availabilityZoneAttribute)
    }

    package enum BinpackField: Hashable, Sendable {
        case cpu
        case memory
    }

    /// Every host alike.
    case random
    /// Hosts in the bucket with the fewest tasks of the group. A later spread divides the buckets of those before it:
    /// its buckets are the hosts that are alike in all of these fields.
    case spread(SpreadField)
    /// Hosts with the least of the resource left.
    case binpack(BinpackField)
}

extension [PlacementStrategy] {
    /// RunTask without `placementStrategy`.
    package static let runTaskDefault: [PlacementStrategy] = [.random]
    /// A service without `placementStrategy`: over the zones, then over the instances of the zone.
    package static let serviceDefault: [PlacementStrategy] = [.spread(.availabilityZone), .spread(.instance)]
}
