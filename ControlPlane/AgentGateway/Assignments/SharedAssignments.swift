import AgentProtocol
import ControlPlaneState
import Synchronization

/// What the tasks of the latest launches have in common, as it is told: made once a launch and not once a task, for the
/// hosts of a launch are told at nearly the same time.
final class SharedAssignments: Sendable {
    struct Entry: Sendable {
        let launch: LaunchRecord
        let assignment: TaskAssignment
        let text: SharedAssignmentText
    }

    /// The old ones are dropped all at once, when there are as many young ones.
    private struct Generations {
        var young: [LaunchRecord.ID: Entry] = [:]
        var old: [LaunchRecord.ID: Entry] = [:]
    }

    /// Tasks are told of within a few commits of their launch.
    private static let limit = 256

    private let generations = Mutex(Generations())
    /// What a revision says never changes. The latest few, since the state's lock is dear where launches are many.
    private let definitions = Mutex<[TaskDefinitionID: TaskDefinitionRecord]>([:])

    subscript(launch: LaunchRecord) -> Entry? {
        generations.withLock { generations in
            let found = generations.young[launch.id] ?? generations.old[launch.id]
            // A task's own launch keeps its id when something in it is changed.
            return found?.launch === launch ? found : nil
        }
    }

    /// The definition, looked up in the state the first time.
    func definition(of task: TaskRecord, in state: ClusterState) -> TaskDefinitionRecord? {
        if let known = definitions.withLock({ $0[task.taskDefinition] }) { return known }
        guard let found = state.peek({ $0.taskDefinitions[task.taskDefinition] }) else { return nil }
        definitions.withLock { definitions in
            if definitions.count >= Self.limit { definitions = [:] }
            definitions[found.id] = found
        }
        return found
    }

    func insert(_ entry: Entry) {
        generations.withLock { generations in
            if generations.young.count >= Self.limit {
                generations.old = generations.young
                generations.young = [:]
            }
            generations.young[entry.launch.id] = entry
        }
    }
}
