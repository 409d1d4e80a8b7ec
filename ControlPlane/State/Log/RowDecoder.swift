import FoundationEssentials
import Placement

/// What came of a run of rows, in their order.
struct DecodedRows: Sendable {
    /// All but launches and tasks.
    var others: [Change] = []
    var launches: [LaunchRecord] = []
    var tasks: [TaskRecord] = []
    /// Tasks whose launch was not known yet.
    var waiting: [StoredRow] = []
    /// The tasks of the first version's records, with the keys of those.
    var old: [(key: String, task: TaskRecord)] = []
}

/// Makes records of rows, in whatever order they come.
struct RowDecoder: Sendable {
    /// What rows that were decoded before have told, and which need not be all of them.
    private var launches: [LaunchRecord.ID: LaunchRecord] = [:]
    /// Launches that this decoder has met itself: to add them to those above would copy them all.
    private var ownLaunches: [LaunchRecord.ID: LaunchRecord] = [:]
    private var instances: [TaskID: ContainerInstanceID] = [:]
    private var attributes = KnownAttributes()

    private static let currentStart = Array(#"{"v":2,"record":"#.utf8)

    /// - Throws: ``StoreError`` for a row that cannot be read.
    mutating func decode(_ row: StoredRow, into decoded: inout DecodedRows) throws {
        switch row.kind {
        case LaunchCoding.kind:
            let launch = try LaunchCoding.decode(row)
            ownLaunches[launch.id] = launch
            decoded.launches.append(launch)
        case TaskCoding.kind where !row.value.starts(with: Self.currentStart):
            let version = try RecordCoding.version(row)
            guard version == 1 else {
                throw StoreError(
                    "\(row.kind) \(row.key) has version \(version); this program reads up to \(TaskCoding.version)")
            }
            decoded.old.append((row.key, try RecordCoding.decode(TaskRecordV1.self, row).record))
        case TaskCoding.kind:
            if let task = try task(row) { decoded.tasks.append(task) } else { decoded.waiting.append(row) }
        default:
            let change = try Change.loading(row, sharing: &attributes)
            if case .containerInstance(_, let instance?) = change { know(instance.id) }
            decoded.others.append(change)
        }
    }

    /// Decodes a task that waited for its launch.
    ///
    /// - Throws: ``StoreError``, also if the launch has not come.
    mutating func decodeWaiting(_ row: StoredRow) throws -> TaskRecord {
        guard let task = try task(row) else {
            throw StoreError("\(row.kind) \(row.key) is of a launch that is not there")
        }
        return task
    }

    /// Takes over what another decoder has come to know.
    mutating func learn(from other: RowDecoder) {
        if !other.ownLaunches.isEmpty { launches.merge(other.ownLaunches) { _, new in new } }
        if other.instances.count > instances.count { instances.merge(other.instances) { old, _ in old } }
        attributes = other.attributes
    }

    private mutating func know(_ instance: ContainerInstanceID) {
        if let digits = TaskID(instance.rawValue) { instances[digits] = instance }
    }

    private func launch(_ id: LaunchRecord.ID) -> LaunchRecord? { ownLaunches[id] ?? launches[id] }

    /// Nil if its launch has not come yet.
    private mutating func task(_ row: StoredRow) throws -> TaskRecord? {
        let scanned = row.value.withUnsafeBytes { buffer in
            var scanner = TaskScanner(buffer.bindMemory(to: UInt8.self))
            return scanner.task {
                launch($0)
            } instance: { digits in
                if let known = instances[digits] { return known }
                let id = ContainerInstanceID(digits.description)
                instances[digits] = id
                return id
            }
        }
        if let scanned { return scanned }
        var isMissing = false
        do {
            return try TaskCoding.decode(row) { id in
                isMissing = launch(id) == nil
                return launch(id)
            } instance: {
                ContainerInstanceID($0)
            }
        } catch {
            if isMissing { return nil }
            throw error
        }
    }
}
