/// Capacity providers by name, INACTIVE ones included.
package struct CapacityProviderTable: Sendable {
    private var rows: [String: CapacityProviderRecord] = [:]
    /// Names of the ACTIVE ones, those of ECS itself included, in the order of DescribeCapacityProviders.
    package private(set) var listed: OrderedSet<String>
    /// Which ACTIVE provider an Auto Scaling group belongs to.
    private var byAutoScalingGroup: [String: String] = [:]

    package init() {
        listed = OrderedSet()
        for name in CapacityProviderRecord.reservedNames { listed.insert(name) }
    }

    package subscript(name: String) -> CapacityProviderRecord? { rows[name] }

    /// The ACTIVE provider that uses the Auto Scaling group of this name.
    package func user(ofAutoScalingGroup group: String) -> String? { byAutoScalingGroup[group] }

    mutating func replace(_ old: CapacityProviderRecord?, _ new: CapacityProviderRecord?) {
        if let old {
            rows[old.name] = nil
            if old.status == .active {
                listed.remove(old.name)
                byAutoScalingGroup[old.autoScalingGroupName] = nil
            }
        }
        if let new {
            rows[new.name] = new
            if new.status == .active {
                listed.insert(new.name)
                byAutoScalingGroup[new.autoScalingGroupName] = new.name
            }
        }
    }
}
