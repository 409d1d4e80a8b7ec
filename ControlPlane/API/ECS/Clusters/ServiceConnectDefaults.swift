import AWSModels
import AWSProtocol
import Support

/// The rules for a cluster's `serviceConnectDefaults`.
///
/// The namespace is kept as it was given, and given back so. It names what services of the cluster will use that turn
/// Service Connect on without naming a namespace themselves.
enum ServiceConnectDefaults {
    /// The namespace's name or ARN; nil for an empty one, which takes the default back.
    ///
    /// - Throws: InvalidParameterException unless it could be the name or the ARN of a Cloud Map namespace.
    /// - Source: API Reference, ClusterServiceConnectDefaultsRequest.
    static func namespace(_ request: ECS.ClusterServiceConnectDefaultsRequest?) throws(AWSError) -> String? {
        guard let text = request?.namespace, !text.isEmpty else { return nil }
        guard text.hasPrefix("arn:") ? isARN(text) : isName(text) else {
            throw .invalidParameter(
                "namespace must be the ARN of a Cloud Map namespace or a name of at most "
                    + "\(Limits.namespaceLength.value) printable characters without spaces, <, >, \" and /; found "
                    + "\"\(text.prefix(60))\".")
        }
        return text
    }

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= Limits.namespaceLength.value
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>\"/".utf8.contains($0) }
    }

    private static func isARN(_ text: String) -> Bool {
        guard let arn = ARN(text) else { return false }
        return arn.service == "servicediscovery" && arn.resourceType == "namespace" && arn.resourcePath.count == 1
            && Names.isResourceName(arn.resourcePath[0])
    }
}
