import AWSModels

extension TaskDefinitionRule {
    /// Security options of Docker and credential specs of Active Directory.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, ContainerDefinition, `dockerSecurityOptions` and
    ///   `credentialSpecs`.
    static let security: [Self] = [
        .container("dockerSecurityOptions") { container, _ in
            (container.dockerSecurityOptions ?? []).first { !isSecurityOption($0) }.map {
                "Invalid 'dockerSecurityOptions' setting for container '\(container.shownName)'. It should be one of "
                    + "[no-new-privileges,apparmor:PROFILE,label:VALUE,credentialspec:PATH]; found "
                    + "'\(RuleText.shown($0))'."
            }
        },
        .container("credentialSpecs") { container, _ in
            let specs = container.credentialSpecs ?? []
            let most = Limits.credentialSpecsPerContainer.value
            if specs.count > most {
                return "Container '\(container.shownName)' can have at most \(most) credentialSpecs; found "
                    + "\(specs.count)."
            }
            return specs.first { !isCredentialSpec($0) }.map {
                "Invalid 'credentialSpecs' setting for container '\(container.shownName)'. It must be credentialspec: "
                    + "or credentialspecdomainless: and an ARN of S3 or Systems Manager; found "
                    + "'\(RuleText.shown($0))'."
            }
        },
    ]

    /// Docker takes `=` after the name too.
    private static func isSecurityOption(_ option: String) -> Bool {
        guard RuleText.isPlainWord(option) else { return false }
        let name = option.prefix { $0 != ":" && $0 != "=" }
        let hasValue = option.utf8.count > name.utf8.count + 1
        switch name {
        case "no-new-privileges": return option == name || ["true", "false"].contains(option.dropFirst(name.count + 1))
        case "apparmor", "label", "credentialspec": return hasValue
        default: return false
        }
    }

    private static func isCredentialSpec(_ spec: String) -> Bool {
        for prefix in ["credentialspec:", "credentialspecdomainless:"] where spec.hasPrefix(prefix) {
            let text = String(spec.dropFirst(prefix.count))
            return RuleText.arn(text, of: "s3") != nil || RuleText.arn(text, of: "ssm") != nil
        }
        return false
    }
}
