import FoundationEssentials
import Placement

/// Tasks and their launches on their way out of the store, in whatever order they come.
struct StoredTasks {
    private var launches: [LaunchRecord.ID: LaunchRecord] = [:]
    private var instances: [String: ContainerInstanceID] = [:]
    private var tasks: [TaskRecord] = []
    /// Those whose launch had not come yet.
    private var waiting: [StoredRow] = []
    /// The tasks of the first version's records, with the keys of those.
    private var old: [(key: String, task: TaskRecord)] = []

    /// How many tasks a migration rewrites in one commit.
    private static let batch = 10_000
    private static let currentStart = Array(#"{"v":2,"record":"#.utf8)

    /// - Returns: whether the row is a task or a launch.
    mutating func take(_ row: StoredRow) throws -> Bool {
        switch row.kind {
        case LaunchCoding.kind:
            let launch = try LaunchCoding.decode(row)
            launches[launch.id] = launch
        case TaskCoding.kind where !row.value.starts(with: Self.currentStart):
            let version = try RecordCoding.version(row)
            guard version == 1 else {
                throw StoreError(
                    "\(row.kind) \(row.key) has version \(version); this program reads up to \(TaskCoding.version)")
            }
            old.append((row.key, try RecordCoding.decode(TaskRecordV1.self, row).record))
        case TaskCoding.kind: if let task = try decode(row) { tasks.append(task) } else { waiting.append(row) }
        default: return false
        }
        return true
    }

    /// Nil if its launch has not come yet.
    private mutating func decode(_ row: StoredRow) throws -> TaskRecord? {
        var isMissing = false
        let scanned = row.value.withUnsafeBytes { buffer in
            var scanner = TaskScanner(buffer.bindMemory(to: UInt8.self))
            return scanner.task {
                launches[$0]
            } instance: {
                instances[$0] ?? ContainerInstanceID($0)
            }
        }
        if let scanned {
            if instances[scanned.containerInstance.rawValue] == nil {
                instances[scanned.containerInstance.rawValue] = scanned.containerInstance
            }
            return scanned
        }
        do {
            return try TaskCoding.decode(row) { id in
                isMissing = launches[id] == nil
                return launches[id]
            } instance: { text in
                if let known = instances[text] { return known }
                let id = ContainerInstanceID(text)
                instances[text] = id
                return id
            }
        } catch {
            if isMissing { return nil }
            throw error
        }
    }

    /// - Throws: ``StoreError`` for a task whose launch is not there.
    mutating func load(into tables: inout Tables) throws {
        for row in waiting {
            guard let task = try decode(row) else {
                throw StoreError("\(row.kind) \(row.key) is of a launch that is not there")
            }
            tasks.append(task)
        }
        for (_, task) in old { launches[task.launch.id] = task.launch }
        for launch in launches.values { tables.load(.launch(nil, launch)) }
        for task in tasks { tables.load(task) }
        for (_, task) in old { tables.load(task) }
        waiting = []
        tasks = []
        launches = [:]
    }

    /// Rewrites the records of the first version as the current one. What is not rewritten when the process ends is read
    /// as it is, and rewritten, by the next.
    mutating func migrate(in store: any Store, revision: Revision) throws {
        while !old.isEmpty {
            let batch = old.suffix(Self.batch)
            var mutations: [StoreMutation] = []
            for (key, task) in batch {
                mutations.append(StoreMutation(kind: TaskCoding.kind, key: key, value: nil))
                for change in [Change.launch(nil, task.launch), .task(nil, task)] {
                    if let mutation = try change.mutation() { mutations.append(mutation) }
                }
            }
            try store.commit(mutations, revision: revision)
            old.removeLast(batch.count)
        }
    }
}
