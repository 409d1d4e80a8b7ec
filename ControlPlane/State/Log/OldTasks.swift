/// Tasks that the store holds as the first version had them.
enum OldTasks {
    /// How many a migration rewrites in one commit.
    private static let batch = 10_000

    /// Rewrites the records of the first version as the current one. What is not rewritten when the process ends is read
    /// as it is, and rewritten, by the next.
    ///
    /// - Parameter old: the tasks, with the keys of their records.
    static func migrate(
        _ old: [(key: String, task: TaskRecord)], in store: any Store, revision: Revision
    ) throws {
        var rest = old[...]
        while !rest.isEmpty {
            var mutations: [StoreMutation] = []
            for (key, task) in rest.suffix(batch) {
                mutations.append(StoreMutation(kind: TaskCoding.kind, key: key, value: nil))
                for change in [Change.launch(nil, task.launch), .task(nil, task)] {
                    if let mutation = try change.mutation() { mutations.append(mutation) }
                }
            }
            try store.commit(mutations, revision: revision)
            rest = rest.dropLast(batch)
        }
    }
}
