import AWSProtocol

/// The patterns that ECS asks of names, checked before anything is made of them.
///
/// - Source: ECS core rules, section 4, "Name patterns and limits".
enum Names {
    /// Clusters, families, containers: 1–255 letters, digits, hyphens and underscores.
    static func isResourceName(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy(isWordByte)
    }

    /// `startedBy`: any text without control characters. The API Reference allows letters, digits, `/`, `_` and `-`;
    /// ECS takes more, and ecs-deploy sends `ECS Deploy`.
    static func isStartedBy(_ text: String, limit: Int) -> Bool {
        text.unicodeScalars.count <= limit
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// `clientToken`: printable ASCII without the space.
    static func isClientToken(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy { (33...126).contains($0) }
    }

    /// An IAM role: 1–64 letters, digits and `_+=,.@-`.
    static func isRoleName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { isWordByte($0) || "+=,.@".utf8.contains($0) }
    }

    /// The id of a task or container instance: lowercase hexadecimal, 32 digits.
    static func isHexID(_ text: String) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// A letter, a digit, a hyphen or an underscore.
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }

    static func check(_ text: String, is what: String) throws(AWSError) {
        guard isResourceName(text) else {
            throw .invalidParameter(
                "\(what) must be 1 to 255 letters, digits, hyphens and underscores; found \"\(text.prefix(60))\".")
        }
    }
}
