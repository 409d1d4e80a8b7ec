/// The launches that tasks are of, each for as long as one of its tasks is kept.
struct LaunchTable: Sendable {
    private struct Entry: Sendable {
        var launch: LaunchRecord
        var tasks: Int
    }

    private var entries: [LaunchRecord.ID: Entry] = [:]

    subscript(id: LaunchRecord.ID) -> LaunchRecord? { entries[id]?.launch }

    func taskCount(of id: LaunchRecord.ID) -> Int { entries[id]?.tasks ?? 0 }

    mutating func replace(_ old: LaunchRecord?, _ new: LaunchRecord?) {
        if let new {
            entries[new.id, default: Entry(launch: new, tasks: 0)].launch = new
        } else if let old {
            entries[old.id] = nil
        }
    }

    mutating func replace(_ old: TaskRecord?, _ new: TaskRecord?) {
        guard old?.launch.id != new?.launch.id else { return }
        if let old { entries[old.launch.id]?.tasks -= 1 }
        if let new { count(new.launch.id) }
    }

    /// Counts a task that is new.
    mutating func count(_ id: LaunchRecord.ID) { entries[id]?.tasks += 1 }
}
