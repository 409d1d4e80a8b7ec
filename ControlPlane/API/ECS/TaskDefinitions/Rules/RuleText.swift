import AWSModels
import Support

/// What the rules of task definitions ask of text, and how they show it.
enum RuleText {
    /// At most 60 characters of what a caller sent, for a message.
    static func shown(_ text: String?) -> String {
        String(String.UnicodeScalarView((text ?? "").unicodeScalars.prefix(60)))
    }

    static func isBlank(_ text: String?) -> Bool { (text ?? "").utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    static func hasNUL(_ text: String) -> Bool { text.utf8.contains(0) }

    /// Visible ASCII without spaces, and not an option of a command line.
    static func isPlainWord(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix("-") && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// An absolute path without control characters; on Windows with a drive or from a share.
    static func isAbsolutePath(_ text: String, of request: ECS.RegisterTaskDefinitionRequest) -> Bool {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        if text.hasPrefix("/") { return true }
        guard request.isWindows else { return false }
        let bytes = Array(text.utf8.prefix(2))
        return text.hasPrefix("\\\\") || (bytes.count == 2 && isLetter(bytes[0]) && bytes[1] == UInt8(ascii: ":"))
    }

    /// A whole number without sign, in decimal digits.
    static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy(isDigit) ? Int(text) : nil
    }

    /// An ARN of this service, if the text is one.
    static func arn(_ text: String, of service: String) -> ARN? {
        guard let arn = ARN(text), arn.service == service, !hasNUL(text) else { return nil }
        return arn
    }

    /// The ARN of an object of S3: a bucket and a key.
    static func isS3Object(_ text: String) -> Bool {
        guard
            let parts = arn(text, of: "s3")?.resource.split(
                separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        else { return false }
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

    /// The first value that was there before, in the order given.
    static func duplicate(_ values: [String]) -> String? {
        var seen: Set<String> = []
        return values.first { !seen.insert($0).inserted }
    }
}

extension ECS.ContainerDefinition {
    /// The name as messages quote it. Rules other than those for the name itself see only well-formed ones.
    var shownName: String { RuleText.shown(name) }
}

extension ECS.RegisterTaskDefinitionRequest {
    var isWindows: Bool { runtimePlatform?.operatingSystemFamily?.rawValue.hasPrefix("WINDOWS") == true }

    var containerNames: Set<String> { Set((containerDefinitions ?? []).compactMap(\.name)) }

    func requires(_ launchType: ECS.Compatibility) -> Bool { requiresCompatibilities?.contains(launchType) == true }
}
