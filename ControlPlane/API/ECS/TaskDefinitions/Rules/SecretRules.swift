import AWSModels
import Support

extension TaskDefinitionRule {
    /// Secrets in the environment, in log options and for registries.
    ///
    /// - Source: ECS core rules, 7.1 and 7.3; API Reference, Secret and RepositoryCredentials.
    static let secrets: [Self] = [
        .container("secrets[].name, logConfiguration.secretOptions[].name") { container, _ in
            (container.secrets ?? []).contains { isBadName($0.name) }
                || (container.logConfiguration?.secretOptions ?? []).contains { isBadName($0.name) }
                ? "A secret of container '\(container.shownName)' has a name that is blank or contains '='." : nil
        },
        .container("secrets[].name") { container, _ in
            for list in [container.secrets, container.logConfiguration?.secretOptions] {
                if let name = RuleText.duplicate((list ?? []).compactMap(\.name)) {
                    return "Duplicate secret names found: \(RuleText.shown(name)). Each secret name must be unique."
                }
            }
            return nil
        },
        .container("secrets[].name") { container, _ in
            let variables = Set((container.environment ?? []).compactMap(\.name))
            return (container.secrets ?? []).compactMap(\.name).first(where: variables.contains).map {
                "The secret name must be unique and not shared with any new or existing environment variables set on "
                    + "the container, such as '\(RuleText.shown($0))'."
            }
        },
        .container("secrets[].valueFrom, logConfiguration.secretOptions[].valueFrom") { container, _ in
            for secret in (container.secrets ?? []) + (container.logConfiguration?.secretOptions ?? []) {
                if let problem = problem(with: secret) { return problem }
            }
            return nil
        },
        Self("executionRoleArn") { request in
            let isNeeded = (request.containerDefinitions ?? []).contains {
                $0.secrets?.isEmpty == false || $0.logConfiguration?.secretOptions?.isEmpty == false
            }
            return isNeeded && (request.executionRoleArn ?? "").isEmpty
                ? "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
                : nil
        },
        .container("repositoryCredentials.credentialsParameter") { container, _ in
            guard let parameter = container.repositoryCredentials?.credentialsParameter else { return nil }
            if parameter.hasPrefix("arn:") {
                return isSecretARN(parameter) ? nil : "Invalid arn syntax."
            }
            return isSecretName(parameter)
                ? nil
                : "The repositoryCredentials of container '\(container.shownName)' must name a secret or give its ARN."
        },
        Self("executionRoleArn") { request in
            (request.containerDefinitions ?? []).contains { $0.repositoryCredentials != nil }
                && (request.executionRoleArn ?? "").isEmpty
                ? "When you are specifying repositoryCredentials, you must also specify a value for 'executionRoleArn'."
                : nil
        },
    ]

    private static func isBadName(_ name: String?) -> Bool {
        RuleText.isBlank(name) || name?.utf8.contains(UInt8(ascii: "=")) == true || RuleText.hasNUL(name ?? "")
    }

    /// A secret of Secrets Manager, or a parameter of Systems Manager by its ARN or its name.
    private static func problem(with secret: ECS.Secret) -> String? {
        let value = secret.valueFrom ?? ""
        guard value.hasPrefix("arn:") else {
            return isParameterName(value)
                ? nil
                : "The Systems Manager parameter name specified for secret \(RuleText.shown(secret.name)) is invalid."
        }
        if let parameter = RuleText.arn(value, of: "ssm") {
            return parameter.resourceType == "parameter" && isParameterName(parameter.resource)
                ? nil : "Invalid arn syntax."
        }
        return isSecretARN(value) ? nil : "Invalid arn syntax."
    }

    /// `secret:name`, and perhaps `:json-key:version-stage:version-id`, of which each may be empty.
    private static func isSecretARN(_ text: String) -> Bool {
        guard let arn = RuleText.arn(text, of: "secretsmanager") else { return false }
        let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
        return (2...5).contains(parts.count) && parts[0] == "secret" && isSecretName(String(parts[1]))
    }

    private static func isSecretName(_ name: String) -> Bool {
        (1...Limits.secretNameLength.value).contains(name.utf8.count) && has(name, only: "/_+=.@-")
    }

    /// A path of the parameter store, perhaps with `:version` or `:label`.
    private static func isParameterName(_ name: String) -> Bool {
        (1...Limits.parameterNameLength.value).contains(name.utf8.count) && has(name, only: "/_.-:")
    }

    /// Letters, digits and these characters.
    private static func has(_ text: String, only others: StaticString) -> Bool {
        let others = others.description.utf8
        return text.utf8.allSatisfy { RuleText.isLetter($0) || RuleText.isDigit($0) || others.contains($0) }
    }
}
