import FoundationEssentials

/// What a secret's text says.
enum SecretText {
    private enum Scalar: Decodable {
        case text(String)
        /// A list, an object or null: nothing that a variable can hold.
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let flag = try? container.decode(Bool.self) {
                self = .text(flag ? "true" : "false")
            } else if let number = try? container.decode(Int64.self) {
                self = .text("\(number)")
            } else if let number = try? container.decode(Double.self) {
                self = .text("\(number)")
            } else {
                self = .other
            }
        }
    }

    /// A member of the JSON object that the text is; a number or a boolean as its text, as ECS's agent has it.
    ///
    /// - Throws: without a word of the text, which a decoder's own errors may quote.
    static func member(_ key: String, of text: String, _ reference: SecretLocator) throws(SecretError) -> String {
        guard let members = try? JSONDecoder().decode([String: Scalar].self, from: Data(text.utf8)) else {
            throw .notSupported(
                reference.service, "\(reference.name) is no JSON object, and its json key \(key) is asked for")
        }
        switch members[key] {
        case .text(let value)?: return value
        case .other?:
            throw .notSupported(
                reference.service, "the json key \(key) of \(reference.name) is neither text, number nor boolean")
        case nil: throw .missingKey(key, reference)
        }
    }
}
