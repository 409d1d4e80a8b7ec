import ControlPlaneAPI
import ControlPlaneState
import Support

/// `stevedore-controlplane operations`: what this executable can do, for scripts and for people.
///
/// A line each, in the service model's order: the operation's name, a tab, and `done` or `refused`.
enum OperationsCommand {
    static let name = "operations"

    /// - Throws: never in practice: an empty state needs nothing from outside.
    static func lines() throws -> [String] {
        let context = ServiceContext(
            state: try ClusterState(store: EmptyStore(), log: .init(minimumLevel: .error, format: .logfmt)),
            arns: ARNFactory(region: "", accountID: ""), log: .init(minimumLevel: .error, format: .logfmt))
        let table = ECSService(context: context).operations()
        let implemented = Set(table.implemented)
        return table.all.map { "\($0)\t\(implemented.contains($0) ? "done" : "refused")" }
    }
}

/// The store of a state that is only asked which operations it has.
private struct EmptyStore: Store {
    func load(_ body: (StoredRow) throws -> Void) throws -> Revision { 0 }
    func commit(_ mutations: [StoreMutation], revision: Revision) throws {
        throw StoreError("nothing can be stored here")
    }
    func compact() throws {}
    func close() {}
}
