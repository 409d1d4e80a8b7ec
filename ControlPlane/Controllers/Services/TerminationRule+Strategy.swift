import AWSModels
import Placement
import ServiceScheduler

/// What a service's placement strategy says of which tasks go first: what is left should be placed as it would have it.
///
/// - Source: ECS scheduling rules, 2.2.
struct TerminationStrategy {
    let rule: TerminationRule
    /// Whose values the rule's spread groups are.
    let spreadAttribute: String?
    /// What the rule packs.
    let resource: PlacementStrategy.BinpackField

    /// - Parameter strategies: checked; none is ECS's default.
    init(_ strategies: [ECS.PlacementStrategy]) {
        guard let first = strategies.first else {
            rule = .serviceDefault
            spreadAttribute = Host.availabilityZoneAttribute
            resource = .memory
            return
        }
        let prefix = "attribute:"
        let field = first.field ?? ""
        let isSpreadByAttribute = first.type == .spread && field.hasPrefix(prefix)
        spreadAttribute = isSpreadByAttribute ? String(field.dropFirst(prefix.count)) : nil
        let deciding = isSpreadByAttribute ? strategies.dropFirst().first : first
        let instances: TerminationRule.InstanceOrder =
            switch deciding?.type {
            case .spread?: .mostTasks
            case .binpack?: .mostFree
            default: .any
            }
        rule = TerminationRule(usesSpreadGroups: isSpreadByAttribute, instances: instances)
        resource = deciding?.field?.lowercased() == "cpu" ? .cpu : .memory
    }
}
