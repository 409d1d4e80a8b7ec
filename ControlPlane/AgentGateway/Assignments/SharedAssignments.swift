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

    subscript(launch: LaunchRecord) -> Entry? {
        generations.withLock { generations in
            let found = generations.young[launch.id] ?? generations.old[launch.id]
            // A task's own launch keeps its id when something in it is changed.
            return found?.launch === launch ? found : nil
        }
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
