package import FoundationEssentials

/// A position in the history of all changes: how many transactions changed something so far.
package typealias Revision = Int

/// One record as a store keeps it.
package struct StoredRow: Sendable, Hashable {
    /// ``StoredRecord/kind``.
    package var kind: String
    package var key: String
    /// Versioned JSON, see ``RecordCoding``.
    package var value: Data

    package init(kind: String, key: String, value: Data) {
        self.kind = kind
        self.key = key
        self.value = value
    }
}

/// What a commit does to one record: replaces it, or removes it where `value` is nil.
package struct StoreMutation: Sendable, Hashable {
    package var kind: String
    package var key: String
    package var value: Data?

    package init(kind: String, key: String, value: Data?) {
        self.kind = kind
        self.key = key
        self.value = value
    }
}

/// Where cluster state is kept. One caller at a time; every call may block.
///
/// A store knows nothing of what it keeps. `commit` is all or nothing and, once it has returned, survives the loss of
/// the process and of the machine's power.
package protocol Store: Sendable {
    /// Hands over every record, in no particular order.
    ///
    /// - Returns: the revision of the last commit, 0 for a new store.
    /// - Throws: ``StoreError``, or what `body` throws.
    func load(_ body: (StoredRow) throws -> Void) throws -> Revision

    /// - Throws: ``StoreError``: nothing of this batch is kept, or it is not known whether it is. Either way the
    ///   caller must not go on as if it were.
    func commit(_ mutations: [StoreMutation], revision: Revision) throws

    /// Gives back space, without changing what is kept.
    ///
    /// - Throws: ``StoreError``; everything is still there.
    func compact() throws

    func close()
}

/// Why a store cannot do what it was asked, with what came back from below.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
