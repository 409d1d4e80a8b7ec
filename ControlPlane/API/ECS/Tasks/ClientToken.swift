import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Placement
import Support

/// A RunTask's client token, with what it stands for.
///
/// - Source: ECS core rules, section 3, "Idempotency".
struct ClientToken: Sendable {
    let text: String
    let requestSHA256: String

    /// Nil for a request without one.
    init?(_ input: ECS.RunTaskRequest, cluster: ClusterName) throws(AWSError) {
        guard let text = input.clientToken.given else { return nil }
        guard Names.isClientToken(text, limit: Limits.clientTokenLength.value) else {
            throw .invalidParameter(
                "clientToken must be 1 to \(Limits.clientTokenLength.value) printable ASCII characters without spaces.")
        }
        self.text = text
        var request = input
        request.clientToken = nil
        // A cluster's name, its ARN and no word at all can mean the same.
        request.cluster = cluster.rawValue
        requestSHA256 = try ShapeJSON.fingerprint(of: request)
    }

    /// What the call that first had this token placed; nil if there was none.
    ///
    /// A task that was forgotten since is a failure MISSING: placing it again would run twice what was asked for once.
    ///
    /// - Throws: ConflictException if that call asked for something else.
    func earlierResponse(
        in tables: borrowing Tables, cluster: ClusterName, _ arns: ARNFactory
    ) throws(AWSError) -> ECS.RunTaskResponse? {
        guard let earlier = tables.access.runTaskToken(cluster: cluster, clientToken: text) else { return nil }
        func arn(_ id: TaskID) -> String { arns.task(cluster: cluster.rawValue, id: id.description) }
        guard earlier.requestSHA256 == requestSHA256 else {
            throw AWSError(
                ECS.Errors.conflictException, "The clientToken was used before with other parameters.",
                fields: ["resourceIds": .array(earlier.taskIDs.map { .string(arn($0)) })])
        }
        var response = ECS.RunTaskResponse(failures: [], tasks: [])
        for id in earlier.taskIDs {
            if let task = tables.tasks[id] {
                response.tasks?.append(tables.describe(task, includeTags: true, arns))
            } else {
                response.failures?.append(ECS.Failure(arn: arn(id), reason: "MISSING"))
            }
        }
        return response
    }

    func record(cluster: ClusterName, taskIDs: [TaskID], now: Date) -> RunTaskTokenRecord {
        RunTaskTokenRecord(
            cluster: cluster, clientToken: text, requestSHA256: requestSHA256, taskIDs: taskIDs, createdAt: now)
    }
}
