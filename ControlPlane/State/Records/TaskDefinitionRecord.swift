package import AWSModels
package import FoundationEssentials

/// A family's revision counter. It outlives every revision: a number is never given twice.
package struct TaskDefinitionFamilyRecord: StoredRecord {
    package static let kind = "taskDefinitionFamily"
    package static let version = 1
    package var storeKey: String { family }

    package var family: String
    package var lastRevision: Int

    package init(family: String, lastRevision: Int) {
        self.family = family
        self.lastRevision = lastRevision
    }
}

/// One revision of a task definition, as it was registered.
package struct TaskDefinitionRecord: StoredRecord {
    package static let kind = "taskDefinition"
    package static let version = 1
    package var storeKey: String { id.description }

    /// ```
    /// ACTIVE ──Deregister──▶ INACTIVE ──Delete──▶ DELETE_IN_PROGRESS ──nothing refers to it──▶ gone
    /// ```
    ///
    /// - Source: ECS core rules, section 6, "Task definition".
    package enum Status: String, Codable, Sendable, CaseIterable {
        case active = "ACTIVE"
        case inactive = "INACTIVE"
        case deleteInProgress = "DELETE_IN_PROGRESS"
    }

    package var id: TaskDefinitionID
    package var status: Status
    /// What DescribeTaskDefinition gives back, ECS's defaults filled in; without status and the dates of its end,
    /// which are here.
    package var definition: ECS.TaskDefinition
    package var tags: [ECS.Tag]
    package var deregisteredAt: Date?
    package var deleteRequestedAt: Date?

    package init(id: TaskDefinitionID, definition: ECS.TaskDefinition, tags: [ECS.Tag]) {
        self.id = id
        self.definition = definition
        self.tags = tags
        status = .active
    }
}
