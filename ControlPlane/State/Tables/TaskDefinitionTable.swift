/// Task definitions by family and revision, with the orders that the list operations walk.
package struct TaskDefinitionTable: Sendable {
    /// What ListTaskDefinitionFamilies asks for: families of which some revision is left, …
    package enum FamilyStatus: Sendable {
        /// … whatever its status.
        case all
        /// … and one is ACTIVE.
        case active
        /// … and none is ACTIVE.
        case inactive
    }

    /// How many revisions of a family are there.
    private struct RevisionCount: Sendable, Hashable {
        var all = 0
        var active = 0
    }

    private var rows: [TaskDefinitionID: TaskDefinitionRecord] = [:]
    private var families: [String: TaskDefinitionFamilyRecord] = [:]
    private var active = OrderedSet<TaskDefinitionID>()
    private var inactive = OrderedSet<TaskDefinitionID>()
    private var deleteInProgress = OrderedSet<TaskDefinitionID>()
    private var revisionCounts: [String: RevisionCount] = [:]
    private var allFamilies = OrderedSet<String>()
    private var activeFamilies = OrderedSet<String>()
    private var inactiveFamilies = OrderedSet<String>()

    package subscript(id: TaskDefinitionID) -> TaskDefinitionRecord? { rows[id] }

    /// The family's revision counter, which is there even when none of its revisions is.
    package func family(_ name: String) -> TaskDefinitionFamilyRecord? { families[name] }

    /// The revisions with this status: families by name, then revisions by number.
    package func revisions(_ status: TaskDefinitionRecord.Status) -> OrderedSet<TaskDefinitionID> {
        switch status {
        case .active: active
        case .inactive: inactive
        case .deleteInProgress: deleteInProgress
        }
    }

    /// Names of the families with this status.
    package func familyNames(_ status: FamilyStatus) -> OrderedSet<String> {
        switch status {
        case .all: allFamilies
        case .active: activeFamilies
        case .inactive: inactiveFamilies
        }
    }

    package func latestActive(of family: String) -> TaskDefinitionRecord? {
        var latest: TaskDefinitionRecord?
        active.forEachDescending(before: TaskDefinitionID(family: family, revision: .max)) { id in
            if id.family == family { latest = rows[id] }
            return false
        }
        return latest
    }

    mutating func replace(_ old: TaskDefinitionRecord?, _ new: TaskDefinitionRecord?) {
        if old?.id != new?.id || old?.status != new?.status {
            if let old { unlist(old) }
            if let new { list(new) }
        }
        if let old, old.id != new?.id { rows[old.id] = nil }
        if let new { rows[new.id] = new }
    }

    mutating func replace(_ old: TaskDefinitionFamilyRecord?, _ new: TaskDefinitionFamilyRecord?) {
        if let old, old.family != new?.family { families[old.family] = nil }
        if let new { families[new.family] = new }
    }

    private mutating func list(_ record: TaskDefinitionRecord) {
        switch record.status {
        case .active: active.insert(record.id)
        case .inactive: inactive.insert(record.id)
        case .deleteInProgress: deleteInProgress.insert(record.id)
        }
        count(record, by: 1)
    }

    private mutating func unlist(_ record: TaskDefinitionRecord) {
        switch record.status {
        case .active: active.remove(record.id)
        case .inactive: inactive.remove(record.id)
        case .deleteInProgress: deleteInProgress.remove(record.id)
        }
        count(record, by: -1)
    }

    /// Keeps the family in the sets of names that its revisions put it in.
    private mutating func count(_ record: TaskDefinitionRecord, by difference: Int) {
        let name = record.id.family
        var count = revisionCounts[name] ?? RevisionCount()
        count.all += difference
        if record.status == .active { count.active += difference }
        revisionCounts[name] = count.all == 0 ? nil : count
        Self.set(name, in: &allFamilies, count.all > 0)
        Self.set(name, in: &activeFamilies, count.active > 0)
        Self.set(name, in: &inactiveFamilies, count.all > 0 && count.active == 0)
    }

    private static func set(_ name: String, in names: inout OrderedSet<String>, _ isMember: Bool) {
        if isMember { names.insert(name) } else { names.remove(name) }
    }
}
