import AWSModels

extension TaskDefinitionRule {
    /// Limits of the kernel for the processes of a container; -1 means none.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, Ulimit.
    static let ulimits: [Self] = [
        .container("ulimits[].softLimit, hardLimit") { container, _ in
            for ulimit in container.ulimits ?? [] {
                let name = ulimit.name?.rawValue ?? ""
                let soft = ulimit.softLimit ?? 0
                let hard = ulimit.hardLimit ?? 0
                if soft < -1 || hard < -1 {
                    return "The limits of ulimit \(name) of container '\(container.shownName)' must be -1 "
                        + "(none) or more."
                }
                if hard != -1, soft == -1 || soft > hard { return "Soft limit exceeds hard limit for ulimit \(name)" }
            }
            return nil
        },
        .container("ulimits[].name") { container, _ in
            RuleText.duplicate((container.ulimits ?? []).compactMap(\.name?.rawValue)).map {
                "The ulimit \($0) of container '\(container.shownName)' is given more than once."
            }
        },
    ]
}
