import AWSProtocol
package import AccessPolicy
package import ControlPlaneState
package import FoundationEssentials
package import Support

/// What every operation works with.
package struct ServiceContext: Sendable {
    package let state: ClusterState
    package let arns: ARNFactory
    /// Where tasks in network mode awsvpc have their addresses from.
    package let vpc: VPC
    package let now: @Sendable () -> Date
    package let random: RandomSource
    package let log: Logger
    package let roles: any RoleCredentialsProvider

    package init(
        state: ClusterState, arns: ARNFactory, vpc: VPC, now: @escaping @Sendable () -> Date = { Date() },
        random: RandomSource = .system, log: Logger, roles: any RoleCredentialsProvider = NoRoleCredentials()
    ) {
        self.state = state
        self.arns = arns
        self.vpc = vpc
        self.now = { Timestamps.toMilliseconds(now()) }
        self.random = random
        self.log = log
        self.roles = roles
    }

    /// Changes state, and returns when the change is durable.
    func transact<Result: Sendable>(
        _ body: (inout Tables) throws(AWSError) -> Result
    ) async throws(AWSError) -> Result {
        do { return try await state.transact(body) } catch { throw error.awsError }
    }

    /// Reads state, and returns when everything it read is durable.
    func view<Result: Sendable>(
        _ body: (borrowing Tables) throws(AWSError) -> Result
    ) async throws(AWSError) -> Result {
        do { return try await state.view(body) } catch { throw error.awsError }
    }
}

extension TransactionError where Failure == AWSError {
    /// A store that cannot be written is the one thing that is the server's fault, and the one 500.
    fileprivate var awsError: AWSError {
        switch self {
        case .body(let error): error
        case .store(let failure): .server("Nothing can be changed: \(failure)")
        }
    }
}

/// Who makes a request, as the signature proved.
package struct Caller: Sendable, Hashable {
    package var principal: AccessKeyRecord.Principal
    /// Nil where signatures are not checked (`--auth off`).
    package var accessKeyID: String?
    /// The ARN that error messages and `registeredBy` show.
    package var arn: String
    /// The control plane's address as this caller reached it: the request's `Host`.
    package var host: String?
    /// Where the request comes from: a numeric address.
    package var sourceAddress: String
    /// What a user may do; nil for one who may do nothing, and for all others.
    package var policy: PolicyDocument?

    package init(
        principal: AccessKeyRecord.Principal, accessKeyID: String?, arn: String, host: String? = nil,
        sourceAddress: String = "", policy: PolicyDocument? = nil
    ) {
        self.principal = principal
        self.accessKeyID = accessKeyID
        self.arn = arn
        self.host = host
        self.sourceAddress = sourceAddress
        self.policy = policy
    }
}
