import AWSModels
import AWSProtocol

/// The rules for tags that a caller gives.
///
/// - Source: ECS core rules, section 3, "Tags"; lengths and characters are the service model's own constraints.
enum Tags {
    /// The tags with absent values as empty ones; a repeated key is refused.
    static func checked(_ tags: [ECS.Tag]?) throws(AWSError) -> [ECS.Tag] {
        var seen: Set<String> = []
        var result: [ECS.Tag] = []
        for tag in tags ?? [] {
            guard let key = tag.key, !key.isEmpty else { throw .invalidParameter("A tag needs a key.") }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw .invalidParameter("The tag key \"\(key)\" is reserved: keys must not start with aws:.")
            }
            guard seen.insert(key).inserted else {
                throw .invalidParameter("The tag key \"\(key)\" is given more than once.")
            }
            result.append(ECS.Tag(key: key, value: tag.value ?? ""))
        }
        guard result.count <= Limits.tagsPerResource.value else {
            throw .invalidParameter(
                "A resource can have at most \(Limits.tagsPerResource.value) tags; found \(result.count).")
        }
        return result
    }
}
