import AgentProtocol
import ControlPlaneState
import FoundationEssentials
package import HTTPServer
import Support

extension AgentGateway {
    /// `POST` ``AgentPath/join``: a host with a join token gets a key of its own. The token is the credential, so
    /// nothing is signed, and a wrong one learns nothing but that it is wrong.
    ///
    /// - Parameter sha256: the lowercase hexadecimal digest of a text, as ``JoinTokenRecord`` keeps it.
    package func join(_ request: Request, sha256: @Sendable (String) -> String) async -> Response {
        guard let join = try? AgentCoding.decode(JoinRequest.self, from: Data(request.body)) else {
            return GatewayRefusal.invalid("the body is not a join request").response
        }
        let cluster = ClusterName(join.cluster)
        let digest = sha256(join.joinToken)
        let key = AccessKeyRecord(
            accessKeyID: AccessKeys.newID(random), secretAccessKey: AccessKeys.newSecret(random),
            principal: .agent(cluster: cluster, containerInstance: nil), createdAt: now())
        do {
            try await state.transact { tx throws(GatewayRefusal) in
                guard tx.access.joinToken(sha256: digest) != nil else { throw .denied("the join token is not valid") }
                guard cluster == .default || tx.clusters[cluster]?.status == .active else {
                    throw .invalid("there is no cluster \"\(join.cluster.prefix(60))\"")
                }
                tx.put(key)
            }
            log.info(
                "host joined",
                ["cluster": cluster.rawValue, "accessKey": key.accessKeyID, "remote": request.remoteAddress])
            return try .json(
                JoinReply(accessKeyID: key.accessKeyID, secretAccessKey: key.secretAccessKey, region: arns.region))
        } catch TransactionError<GatewayRefusal>.body(let refusal) {
            log.warning("host refused", ["reason": refusal.message, "remote": request.remoteAddress])
            return refusal.response
        } catch {
            return GatewayRefusal.unavailable("\(error)").response
        }
    }
}
