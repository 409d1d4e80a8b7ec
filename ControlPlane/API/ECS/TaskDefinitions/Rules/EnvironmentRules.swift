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
                return name.contains("=") || RuleText.hasNUL(name) || RuleText.hasNUL(variable.value ?? "")
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
                if !RuleText.isS3Object(value) { return "Invalid arn syntax." }
                if !value.hasSuffix(".env") {
                    return "The environment file '\(RuleText.shown(value))' of container '\(container.shownName)' must "
                        + "have the extension .env."
                }
            }
            return nil
        },
    ]
}
