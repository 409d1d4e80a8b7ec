import AWSProtocol
import ControlPlaneAPI
import ControlPlaneState
import Support

/// `stevedore-controlplane operations`: what of the ECS API works.
///
/// One line for each operation of the service model, sorted: its name, a tab, and `done` or `refused`. It is read off
/// the table that requests are served from, so it cannot say anything else than what a request would find.
enum OperationsCommand {
    static let name = "operations"

    /// - Throws: usage, if anything follows the command's name.
    static func run(_ arguments: [String]) throws {
        guard arguments.isEmpty else { throw ConfigurationError.usage("\(name) takes no arguments") }
        let context = ServiceContext(
            state: try ClusterState(store: NoStore(), log: .discarding),
            arns: ARNFactory(region: "us-east-1", accountID: "123456789012"),
            vpc: VPC(region: "us-east-1", accountID: "123456789012"), log: .discarding)
        let operations = ECSService(context: context).operations()
        for (operation, isDone) in operations.coverage { print("\(operation)\t\(isDone ? "done" : "refused")") }
    }

    /// Asking what there is touches no state.
    private struct NoStore: Store {
        func load(_ body: (StoredRow) throws -> Void) -> Revision { 0 }
        func commit(_ mutations: [StoreMutation], revision: Revision) throws {
            throw StoreError("\(OperationsCommand.name) changes nothing")
        }
        func compact() {}
        func close() {}
    }
}
