package import AgentJournal

/// What the host's endpoints show of the engine's tasks.
extension TaskEngine {
    /// All tasks, also those that stopped and are not cleaned up yet.
    package func taskRecords() -> [TaskRecord] { machines.values.map(\.record) }

    /// - Parameter id: what the task's ARN ends with.
    package func taskRecord(id: String) -> TaskRecord? {
        let end = "/\(id)"
        return machines.first { $0.key.hasSuffix(end) }?.value.record
    }
}
