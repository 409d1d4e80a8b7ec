import AWSModels
import AWSProtocol

/// What names and values of attributes may be, and whose they are.
///
/// - Source: API Reference, Attribute; ECS core rules, section 4.
enum AttributeRules {
    /// Those of ECS and of agents: what a host is and can do, which nobody may claim by PutAttributes.
    static let reservedPrefixes = ["ecs.", "com.amazonaws.ecs."]
    /// Those of them that tell what the agent can do, and come anew with each registration.
    static let capabilityPrefixes = ["ecs.capability.", "com.amazonaws.ecs.capability."]

    /// Whether people gave the attribute, by the API or in the agent's configuration. ECS counts only these.
    static func isCustom(_ name: String) -> Bool { !reservedPrefixes.contains { name.hasPrefix($0) } }

    static func isCapability(_ name: String) -> Bool { capabilityPrefixes.contains { name.hasPrefix($0) } }

    /// The attribute by itself, without its target; an empty value is none.
    ///
    /// - Throws: InvalidParameterException that names the attribute and says what is right.
    static func checked(_ attribute: ECS.Attribute) throws(AWSError) -> ECS.Attribute {
        let name = attribute.name ?? ""
        let limit = Limits.attributeLength.value
        guard (1...limit).contains(name.utf8.count), name.unicodeScalars.allSatisfy(isNameScalar) else {
            throw .invalidParameter(
                "The name of an attribute must be 1 to \(limit) letters, digits and the characters - _ . / \\; found "
                    + "\"\(name.prefix(60))\".")
        }
        guard let value = attribute.value, !value.isEmpty else { return ECS.Attribute(name: name) }
        guard value.utf8.count <= limit, value.unicodeScalars.allSatisfy(isValueScalar), value.first != " ",
            value.last != " "
        else {
            throw .invalidParameter(
                "The value of attribute \(name) must be 1 to \(limit) letters, digits and the characters "
                    + "- _ . @ / \\ : and space, with no space at either end; found \"\(value.prefix(60))\".")
        }
        return ECS.Attribute(name: name, value: value)
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", "\\": true
        default: false
        }
    }

    private static func isValueScalar(_ scalar: Unicode.Scalar) -> Bool {
        isNameScalar(scalar) || scalar == "@" || scalar == ":" || scalar == " "
    }

    static func customCount(_ attributes: [ECS.Attribute]) -> Int {
        attributes.count { isCustom($0.name ?? "") }
    }
}
