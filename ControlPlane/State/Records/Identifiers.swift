/// The name of a cluster: 1–255 of `[A-Za-z0-9_-]`.
package struct ClusterName: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ text: String) { rawValue = text }
    package var description: String { rawValue }

    /// What an omitted `cluster` parameter means.
    package static let `default` = ClusterName("default")
}

/// The last part of a container instance's ARN: 32 lowercase hexadecimal digits.
package struct ContainerInstanceID: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ text: String) { rawValue = text }
    package var description: String { rawValue }
}

/// `family:revision`, ordered as ListTaskDefinitions sorts: families by name, then revisions by number.
package struct TaskDefinitionID: Codable, Hashable, Sendable, Comparable, CustomStringConvertible {
    package let family: String
    package let revision: Int

    package init(family: String, revision: Int) {
        self.family = family
        self.revision = revision
    }

    package var description: String { "\(family):\(revision)" }

    package static func < (left: Self, right: Self) -> Bool {
        left.family == right.family ? left.revision < right.revision : left.family < right.family
    }
}
