import AWSModels

extension TaskDefinitionRule {
    /// Log drivers and their options.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, LogConfiguration.
    static let logConfiguration: [Self] = [
        .container("logConfiguration.options") { container, _ in
            guard let log = container.logConfiguration, let driver = log.logDriver else { return nil }
            let given = Set((log.options ?? [:]).keys).union((log.secretOptions ?? []).compactMap(\.name))
            let options = LogDrivers.options(of: driver)
            let missing = options.required.filter { !given.contains($0) }
            if !missing.isEmpty {
                return "Log driver \(driver.rawValue) requires options: \(missing.joined(separator: ", "))"
            }
            let unknown = options.known.map { given.subtracting($0).sorted() } ?? []
            return unknown.isEmpty
                ? nil
                : "Log driver \(driver.rawValue) disallows options: "
                    + unknown.map(RuleText.shown).joined(separator: ", ")
        },
        .container("logConfiguration.options") { container, _ in
            let options = container.logConfiguration?.options ?? [:]
            return options.contains { RuleText.hasNUL($0) || RuleText.hasNUL($1) }
                ? "A log option of container '\(container.shownName)' contains a NUL character." : nil
        },
        .container("logConfiguration.options.mode") { container, _ in
            guard let mode = container.logConfiguration?.options?["mode"], !["blocking", "non-blocking"].contains(mode)
            else { return nil }
            return "The log option mode of container '\(container.shownName)' should be one of "
                + "[blocking,non-blocking]; found '\(RuleText.shown(mode))'."
        },
        .container("logConfiguration.options.max-buffer-size") { container, _ in
            guard let size = container.logConfiguration?.options?["max-buffer-size"], !isByteCount(size) else {
                return nil
            }
            return "The log option max-buffer-size of container '\(container.shownName)' must be a number of bytes, or "
                + "one with k, m or g; found '\(RuleText.shown(size))'."
        },
        .container("logConfiguration.options.awslogs-create-group") { container, _ in
            guard let value = container.logConfiguration?.options?["awslogs-create-group"],
                !["true", "false"].contains(value.lowercased())
            else { return nil }
            return "The log option awslogs-create-group of container '\(container.shownName)' should be one of "
                + "[true,false]; found '\(RuleText.shown(value))'."
        },
        Self("containerDefinitions[].logConfiguration.logDriver") { request in
            let containers = request.containerDefinitions ?? []
            return containers.contains { $0.logConfiguration?.logDriver == .awsfirelens }
                && !containers.contains { $0.firelensConfiguration != nil }
                ? "When awsfirelens log driver is specified in log configuration, a firelens configuration object must "
                    + "be configured in one of the containers." : nil
        },
    ]

    /// Docker's sizes: `4m`, `512KB`, `1g`.
    private static func isByteCount(_ text: String) -> Bool {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = RuleText.number(String(digits)), number > 0 else { return false }
        return ["", "b", "k", "kb", "m", "mb", "g", "gb"].contains(text.dropFirst(digits.count).lowercased())
    }
}
