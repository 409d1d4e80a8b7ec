/// What a service is filed under: its name, unique in its cluster.
package struct ServiceID: Codable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let cluster: ClusterName
    package let name: String

    package init(cluster: ClusterName, name: String) {
        self.cluster = cluster
        self.name = name
    }

    package var description: String { "\(cluster)/\(name)" }

    /// The `group` of each of its tasks.
    package var taskGroup: String { "service:\(name)" }

    package static func < (left: Self, right: Self) -> Bool {
        left.cluster == right.cluster ? left.name < right.name : left.cluster.rawValue < right.cluster.rawValue
    }
}

/// A number of 19 decimal digits, of which ECS makes the ids of deployments, task sets and service revisions.
package struct ServiceNumber: Hashable, Sendable, Comparable {
    package static let least: UInt64 = 1_000_000_000_000_000_000
    private static let most = UInt64(Int64.max)

    package let value: UInt64

    /// Nil unless these are 19 digits.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 19, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = UInt64(text), (Self.least...Self.most).contains(value)
        else { return nil }
        self.value = value
    }

    init(random generator: inout some RandomNumberGenerator) {
        value = UInt64.random(in: Self.least...Self.most, using: &generator)
    }

    package var digits: String { String(value) }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// The id of a deployment or of a task set, which is also the `startedBy` of its tasks: `ecs-svc/` and 19 digits.
package struct DeploymentID: Codable, Hashable, Sendable, Comparable, CustomStringConvertible {
    private static let prefix = "ecs-svc/"

    package let number: ServiceNumber

    package init(_ number: ServiceNumber) { self.number = number }

    /// Nil for a text that is no such id.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let number = ServiceNumber(text.dropFirst(Self.prefix.count)) else {
            return nil
        }
        self.number = number
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = DeploymentID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not the id of a deployment")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String { Self.prefix + number.digits }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// The last part of a service revision's ARN: 19 digits.
package struct ServiceRevisionID: Codable, Hashable, Sendable, CustomStringConvertible {
    package let number: ServiceNumber

    package init(_ number: ServiceNumber) { self.number = number }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let number = ServiceNumber(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not the id of a service revision")
        }
        self.number = number
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String { number.digits }
}

/// The last part of a service deployment's ARN: 21 letters, digits, hyphens and underscores.
package struct ServiceDeploymentID: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ text: String) { rawValue = text }
    package var description: String { rawValue }

    init(random generator: inout some RandomNumberGenerator) {
        let bytes = (0..<21).map { _ in Self.alphabet[Int.random(in: 0..<64, using: &generator)] }
        rawValue = String(decoding: bytes, as: UTF8.self)
    }
}
