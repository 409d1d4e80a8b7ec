import Dispatch
import Synchronization

/// A table of tasks in the making, on a thread of its own.
final class TaskTableLoading: Sendable {
    private let table = Mutex(TaskTable())
    private let group = DispatchGroup()

    init(_ runs: [[TaskRecord]]) {
        DispatchQueue.global().async(group: group) {
            self.table.withLock { table in
                for run in runs { for task in run { table.replace(nil, task) } }
            }
        }
    }

    /// Waits for it.
    func finish() -> TaskTable {
        group.wait()
        return table.withLock { table in
            defer { table = TaskTable() }
            return table
        }
    }
}
