import Foundation

/// The parts of botocore's service-2.json that we use. Traits that we neither use nor know to be harmless stop the
/// generator, so that a later model cannot lose, say, a header binding without anyone noticing.
struct ServiceModel: Decodable {
    let metadata: Metadata
    let operations: [String: Operation]
    let shapes: [String: Shape]

    struct Metadata: Decodable {
        let apiVersion: String
        let `protocol`: String
        let jsonVersion: String?
        let serviceId: String
        let signingName: String?
        let endpointPrefix: String
        let targetPrefix: String?
    }

    struct Operation: Decodable {
        let input: Reference?
        let output: Reference?
        let errors: [Reference]?
    }

    struct Reference: Decodable {
        let shape: String

        private enum CodingKeys: String, CodingKey { case shape }

        init(shape: String) { self.shape = shape }

        init(from decoder: any Decoder) throws {
            try TraitKey.check(decoder, allowed: ["shape"])
            shape = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .shape)
        }
    }

    struct Shape: Decodable {
        let type: String
        let members: [String: Reference]?
        let required: [String]?
        let member: Reference?
        let key: Reference?
        let value: Reference?
        let `enum`: [String]?
        let min: Double?
        let max: Double?
        let pattern: String?
        let exception: Bool?
        let fault: Bool?
        let document: Bool?
        let error: ErrorTrait?

        struct ErrorTrait: Decodable {
            let code: String?
            let httpStatusCode: Int?
        }

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case type, members, required, member, key, value, `enum`, min, max, pattern, exception, fault, document,
                error
        }

        init(from decoder: any Decoder) throws {
            try TraitKey.check(decoder, allowed: Set(CodingKeys.allCases.map(\.rawValue)))
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decode(String.self, forKey: .type)
            members = try container.decodeIfPresent([String: Reference].self, forKey: .members)
            required = try container.decodeIfPresent([String].self, forKey: .required)
            member = try container.decodeIfPresent(Reference.self, forKey: .member)
            key = try container.decodeIfPresent(Reference.self, forKey: .key)
            value = try container.decodeIfPresent(Reference.self, forKey: .value)
            `enum` = try container.decodeIfPresent([String].self, forKey: .enum)
            min = try container.decodeIfPresent(Double.self, forKey: .min)
            max = try container.decodeIfPresent(Double.self, forKey: .max)
            pattern = try container.decodeIfPresent(String.self, forKey: .pattern)
            exception = try container.decodeIfPresent(Bool.self, forKey: .exception)
            fault = try container.decodeIfPresent(Bool.self, forKey: .fault)
            document = try container.decodeIfPresent(Bool.self, forKey: .document)
            error = try container.decodeIfPresent(ErrorTrait.self, forKey: .error)
        }
    }

    func shape(_ name: String) throws -> Shape {
        guard let shape = shapes[name] else { throw GeneratorError("shape \(name) is referred to but not defined") }
        return shape
    }
}

/// Any key of a JSON object, to find the traits that are not understood.
private struct TraitKey: CodingKey {
    /// Traits without an effect on types, wire format or validation. (A union is a structure of which one member is set.)
    static let harmless: Set<String> = [
        "box", "contextParam", "deprecated", "deprecatedMessage", "deprecatedSince", "documentation",
        "idempotencyToken", "retryable",
        "sensitive", "synthetic", "union",
    ]

    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }

    static func check(_ decoder: any Decoder, allowed: Set<String>) throws {
        for key in try decoder.container(keyedBy: TraitKey.self).allKeys.map(\.stringValue).sorted()
        where !allowed.contains(key) && !harmless.contains(key) {
            let path = decoder.codingPath.map(\.stringValue).joined(separator: ".")
            throw GeneratorError("\(path): the trait \"\(key)\" is not supported")
        }
    }
}
