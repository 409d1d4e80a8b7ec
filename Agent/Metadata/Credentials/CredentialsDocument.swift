import AgentProtocol
import FoundationEssentials
import Support

/// What the AWS SDKs read. Members have the names of the wire.
///
/// - Source: spec/ecs-runtime.md section 6.1; AWS SDKs and Tools Reference Guide, "Container credential provider".
struct CredentialsDocument: Encodable {
    var RoleArn: String
    var AccessKeyId: String
    var SecretAccessKey: String
    var Token: String
    var Expiration: String

    /// SDKs must be given an end. For a key without one it is far enough away that they ask seldom, and near enough
    /// that they learn of another key within hours.
    static let unlimitedSeconds: TimeInterval = 6 * 3600

    init(_ credentials: TaskCredentials, now: Date) {
        RoleArn = credentials.roleArn
        AccessKeyId = credentials.accessKeyID
        SecretAccessKey = credentials.secretAccessKey
        Token = credentials.sessionToken
        let end = credentials.expiration ?? now.addingTimeInterval(Self.unlimitedSeconds)
        Expiration = end.formatted(.iso8601)
    }
}

/// Why there are none, in the words of ECS's own agent.
struct CredentialsError: Encodable, Hashable {
    var code: String
    var message: String
    var HTTPErrorCode: Int

    static func noID(_ request: TaskRoute.CredentialsVersion) -> Self {
        .init(code: "NoIdInRequest", message: "\(request.rawValue): No ID in the request", HTTPErrorCode: 400)
    }

    static func notFound(_ request: TaskRoute.CredentialsVersion) -> Self {
        .init(code: "InvalidIdInRequest", message: "\(request.rawValue): Credentials not found", HTTPErrorCode: 400)
    }

    /// The task has a role, and the control plane has not sent its credentials since this agent started.
    static func uninitialized(_ request: TaskRoute.CredentialsVersion) -> Self {
        .init(
            code: "CredentialsUninitialized", message: "\(request.rawValue): Credentials uninitialized for ID",
            HTTPErrorCode: 503)
    }
}
