import AWSModels

extension TaskDefinitionRule {
    /// Environment variables, given one by one and in files.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, KeyValuePair and EnvironmentFile.
    static let environment: [Self] = [
        .container("environment") { container, _ in
            (container.environment ?? []).contains { RuleText.isBlank($0.name) }
                ? "Environment variable name cannot be null or blank." : nil
        },
        .container("environment") { container, _ in
            let bad = (container.environment ?? []).first { variable in
                let name = variable.name ?? ""
                return name.utf8.contains(UInt8(ascii: "=")) || RuleText.hasNUL(name)
                    || RuleText.hasNUL(variable.value ?? "")
            }
            return bad.map {
                "The environment variable '\(RuleText.shown($0.name))' of container '\(container.shownName)' contains a "
                    + "character that no environment can hold."
            }
        },
        .container("environmentFiles") { container, _ in
            (container.environmentFiles?.count ?? 0) > Limits.environmentFilesPerContainer.value
                ? "The maximum number of environment files was exceeded. Specify ten or less and try again" : nil
        },
        .container("environmentFiles[].value") { container, _ in
            for file in container.environmentFiles ?? [] {
                let value = file.value ?? ""
                if !RuleText.isS3Object(value), !isOwnFile(value) { return "Invalid arn syntax." }
                // What follows a question mark is no part of a file's name; in an S3 key it would be.
                let path = value.hasPrefix("http") ? value.prefix { $0 != "?" } : value[...]
                if !path.hasSuffix(".env") {
                    return "The environment file '\(RuleText.shown(value))' of container '\(container.shownName)' must "
                        + "have the extension .env."
                }
            }
            return nil
        },
    ]

    /// A file of the host or of a web server: what hosts of one's own have beside, or instead of, Amazon S3.
    private static func isOwnFile(_ value: String) -> Bool {
        if value.hasPrefix("file:///") { return value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        for scheme in ["http://", "https://"] where value.hasPrefix(scheme) {
            let host = value.dropFirst(scheme.count).prefix { $0 != "/" }
            return !host.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }
        return false
    }
}
