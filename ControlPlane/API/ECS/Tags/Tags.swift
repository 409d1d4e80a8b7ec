import AWSModels
import AWSProtocol

/// The rules for tags that a caller gives, or takes away.
///
/// - Source: ECS core rules, section 3, "Tags"; API Reference, Tag. Lengths and characters are the service model's own
///   constraints.
enum Tags {
    /// The tags with absent values as empty ones.
    ///
    /// - Throws: InvalidParameterException for a tag without a key, a repeated key, or what is reserved; and for more
    ///   tags than a new resource can have.
    static func checked(_ tags: [ECS.Tag]?) throws(AWSError) -> [ECS.Tag] {
        var seen: Set<String> = []
        var result: [ECS.Tag] = []
        for tag in tags ?? [] {
            guard let key = tag.key, !key.isEmpty else { throw .invalidParameter("A tag needs a key.") }
            try checkNotReserved(key, is: "key")
            try checkNotReserved(tag.value ?? "", is: "value")
            guard seen.insert(key).inserted else {
                throw .invalidParameter("The tag key \"\(key.prefix(60))\" is given more than once.")
            }
            result.append(ECS.Tag(key: key, value: tag.value ?? ""))
        }
        try Limits.tagsPerResource.check(result.count, of: "tags")
        return result
    }

    /// A resource's tags with these put over them: a key that is there keeps its place.
    ///
    /// - Throws: LimitExceededException if the resource would have too many; those of AWS's own do not count.
    static func upserting(_ given: [ECS.Tag], into tags: [ECS.Tag]) throws(AWSError) -> [ECS.Tag] {
        var result = tags
        for tag in given {
            if let index = result.firstIndex(where: { $0.key == tag.key }) {
                result[index] = tag
            } else {
                result.append(tag)
            }
        }
        let count = result.count { !isReserved($0.key ?? "") }
        guard count <= Limits.tagsPerResource.value else {
            throw AWSError(
                code: "LimitExceededException",
                message: "A resource can have at most \(Limits.tagsPerResource.value) tags; it would have \(count).")
        }
        return result
    }

    /// A resource's tags without those that have one of these keys. Keys that it has not are fine.
    ///
    /// - Throws: InvalidParameterException for a key that is reserved.
    static func removing(_ keys: [String], from tags: [ECS.Tag]) throws(AWSError) -> [ECS.Tag] {
        for key in keys { try checkNotReserved(key, is: "key") }
        let removed = Set(keys)
        return tags.filter { !removed.contains($0.key ?? "") }
    }

    /// Whether only AWS writes and removes it, such as `aws:ecs:clusterName`.
    private static func isReserved(_ text: String) -> Bool { text.prefix(4).lowercased() == "aws:" }

    private static func checkNotReserved(_ text: String, is what: String) throws(AWSError) {
        guard !isReserved(text) else {
            throw .invalidParameter(
                "The tag \(what) \"\(text.prefix(60))\" is reserved: keys and values must not start with aws:.")
        }
    }
}
