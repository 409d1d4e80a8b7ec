import AWSModels

extension TaskDefinitionRule {
    /// The container that routes the logs of the others.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, FirelensConfiguration.
    static let firelens: [Self] = [
        Self("containerDefinitions[].firelensConfiguration") { request in
            let containers = request.containerDefinitions ?? []
            let routers = containers.count { $0.firelensConfiguration != nil }
            if routers > 1 { return "Only one container of a task definition can have a firelensConfiguration." }
            return routers == 1 && !containers.contains { $0.logConfiguration?.logDriver == .awsfirelens }
                ? "When a firelensConfiguration object is specified, at least one container has to be configured with "
                    + "the awsfirelens log driver." : nil
        },
        .container("firelensConfiguration.options") { container, _ in
            let options = container.firelensConfiguration?.options ?? [:]
            return options.keys.filter { ![metadata, type, value].contains($0) }.min().map {
                "Invalid firelensConfiguration of container '\(container.shownName)'. Options should be some of "
                    + "[\(metadata),\(type),\(value)]; found '\(RuleText.shown($0))'."
            }
        },
        .container("firelensConfiguration.options") { container, _ in
            let options = container.firelensConfiguration?.options ?? [:]
            for (option, values) in [(metadata, ["true", "false"]), (type, ["s3", "file"])] {
                guard let given = options[option], !values.contains(given) else { continue }
                return "Invalid firelensConfiguration of container '\(container.shownName)'. \(option) should "
                    + "be one of "
                    + "[\(values.joined(separator: ","))]; found '\(RuleText.shown(given))'."
            }
            return (options[type] == nil) == (options[value] == nil)
                ? nil
                : "Invalid firelensConfiguration of container '\(container.shownName)'. \(type) and \(value) must be "
                    + "given together."
        },
        .container("firelensConfiguration.options.config-file-value") { container, request in
            let options = container.firelensConfiguration?.options ?? [:]
            guard let file = options[value] else { return nil }
            if options[type] == "s3" { return RuleText.isS3Object(file) ? nil : "Invalid arn syntax." }
            return RuleText.isAbsolutePath(file, of: request)
                ? nil
                : "Invalid firelensConfiguration of container '\(container.shownName)'. \(value) must be an absolute "
                    + "path; found '\(RuleText.shown(file))'."
        },
        .container("firelensConfiguration.options.config-file-type", for: .fargate) { container, _ in
            container.firelensConfiguration?.options?[type] == "s3"
                ? "Fargate launch type does not support FirelensConfiguration config file from 's3'" : nil
        },
    ]

    private static let metadata = "enable-ecs-log-metadata"
    private static let type = "config-file-type"
    private static let value = "config-file-value"
}
