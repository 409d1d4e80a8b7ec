/// Task definitions by family and revision, with the orders that the list operations walk.
package struct TaskDefinitionTable: Sendable {
    private var rows: [TaskDefinitionID: TaskDefinitionRecord] = [:]
    private var families: [String: TaskDefinitionFamilyRecord] = [:]
    private var active: [String: OrderedSet<Int>] = [:]
    private var inactive: [String: OrderedSet<Int>] = [:]
    /// Every family that ever had a revision.
    package private(set) var familyNames = OrderedSet<String>()

    package subscript(id: TaskDefinitionID) -> TaskDefinitionRecord? { rows[id] }

    package func family(_ name: String) -> TaskDefinitionFamilyRecord? { families[name] }

    /// The revisions of a family with this status, ascending.
    package func revisions(of family: String, _ status: TaskDefinitionRecord.Status) -> OrderedSet<Int> {
        (status == .active ? active[family] : inactive[family]) ?? OrderedSet()
    }

    package func latestActive(of family: String) -> TaskDefinitionRecord? {
        guard let revision = active[family]?.last else { return nil }
        return rows[TaskDefinitionID(family: family, revision: revision)]
    }

    mutating func replace(_ old: TaskDefinitionRecord?, _ new: TaskDefinitionRecord?) {
        if let old { unlist(old) }
        if let new {
            rows[new.id] = new
            list(new)
        } else if let old {
            rows[old.id] = nil
        }
    }

    mutating func replace(_ old: TaskDefinitionFamilyRecord?, _ new: TaskDefinitionFamilyRecord?) {
        if let new {
            families[new.family] = new
            familyNames.insert(new.family)
        } else if let old {
            families[old.family] = nil
            familyNames.remove(old.family)
        }
    }

    private mutating func list(_ record: TaskDefinitionRecord) {
        switch record.status {
        case .active: active[record.id.family, default: OrderedSet()].insert(record.id.revision)
        case .inactive: inactive[record.id.family, default: OrderedSet()].insert(record.id.revision)
        }
    }

    private mutating func unlist(_ record: TaskDefinitionRecord) {
        switch record.status {
        case .active: active[record.id.family]?.remove(record.id.revision)
        case .inactive: inactive[record.id.family]?.remove(record.id.revision)
        }
    }
}
