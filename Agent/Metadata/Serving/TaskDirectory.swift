import AgentEngine
package import AgentJournal
import AgentProtocol

/// The tasks of this host, as its endpoints see them: the engine.
package protocol TaskDirectory: Sendable {
    func taskRecords() async -> [TaskRecord]
    /// - Parameter id: what the task's ARN ends with.
    func taskRecord(id: String) async -> TaskRecord?
}

extension TaskRecord {
    /// What to look for in the kernel's files for a container; nil before it is made.
    func subject(_ container: ContainerRecord) -> StatsBook.Subject? {
        container.runtimeID.map {
            .init(
                runtimeID: $0, name: assignment.runtimeName(ofContainer: container.name),
                cgroupParent: resources?.cgroupParent, sharesHostNetwork: assignment.networkMode == .host)
        }
    }
}
