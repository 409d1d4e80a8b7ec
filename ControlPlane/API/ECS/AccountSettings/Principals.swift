import AWSProtocol
import Support

/// Whose account settings a request is about.
///
/// - Source: API Reference, PutAccountSetting `principalArn`.
enum Principals {
    /// The principal that is named, or the caller.
    ///
    /// - Throws: InvalidParameterException unless it is the root user, a user or a role of this account.
    static func checked(_ text: String?, caller: Caller, _ arns: ARNFactory) throws(AWSError) -> String {
        guard let text, !text.isEmpty else { return caller.arn }
        guard let arn = ARN(text), arn.partition == arns.partition, arn.service == "iam", arn.region.isEmpty,
            arn.accountID == arns.accountID, isPrincipal(arn), text.utf8.count <= Limits.principalARNLength.value
        else {
            throw .invalidParameter(
                "principalArn must be the ARN of the root user, a user or a role of the account \(arns.accountID), "
                    + "such as \(arns.rootPrincipal); found \"\(text.prefix(60))\".")
        }
        return text
    }

    private static func isPrincipal(_ arn: ARN) -> Bool {
        if arn.resource == "root" { return true }
        guard ["user", "role"].contains(arn.resourceType), let name = arn.resourcePath.last, !name.isEmpty else {
            return false
        }
        return arn.resource.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
