import AWSProtocol
package import ControlPlaneState
package import FoundationEssentials
import HTTPServer
package import Support

/// Finds out who makes a request.
package struct Authenticator: Sendable {
    private let arns: ARNFactory
    private let now: @Sendable () -> Date
    private let isOn: Bool
    private let signingKeys: SigningKeyCache

    /// - Parameter isOn: whether signatures are checked. Off, every caller is root.
    package init(state: ClusterState, arns: ARNFactory, now: @escaping @Sendable () -> Date = { Date() }, isOn: Bool) {
        self.arns = arns
        self.now = now
        self.isOn = isOn
        signingKeys = SigningKeyCache(state: state, vocabulary: .controlPlane(arns))
    }

    /// - Parameter service: the name that the signature's scope must have, `ecs`.
    /// - Throws: the error that AWS gives for what is wrong with the signature.
    func caller(of request: Request, service: String) throws(AWSError) -> Caller {
        let host = request.headers["Host"]
        guard isOn else {
            return Caller(
                principal: .root, accessKeyID: nil, arn: arns.rootPrincipal, host: host,
                sourceAddress: request.remoteAddress)
        }
        let signed = SigV4.Request(
            method: request.method, path: request.path, query: request.query ?? "",
            headers: request.headers.fields.map { ($0.name, $0.value) }, body: request.body)
        let verifier = SigV4.Verifier(region: arns.region)
        let authorization = try verifier.authorization(of: signed, service: service, now: now())
        // Keys here have no session tokens: one that comes with a token is not one of ours.
        guard request.headers["X-Amz-Security-Token"] == nil,
            let known = signingKeys.key(for: authorization)
        else { throw .unrecognizedClient() }
        try verifier.verify(signed, authorization, signingKey: known.signingKey)
        return Caller(
            principal: known.record.principal, accessKeyID: known.record.accessKeyID, arn: arn(of: known.record),
            host: host, sourceAddress: request.remoteAddress, policy: known.policy)
    }

    private func arn(of key: AccessKeyRecord) -> String {
        switch key.principal {
        case .root: arns.rootPrincipal
        case .user(let name): arns.user(name)
        case .agent(let cluster, let instance?):
            arns.containerInstance(cluster: cluster.rawValue, id: instance.rawValue)
        case .agent(let cluster, nil): arns.containerInstance(cluster: cluster.rawValue, id: "joining")
        }
    }
}
