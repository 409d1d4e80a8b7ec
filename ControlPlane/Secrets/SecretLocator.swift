package import Support

/// Which secret a task definition means, and what of it.
///
/// - Source: API Reference, Secret `valueFrom` and RepositoryCredentials `credentialsParameter`; ECS core rules, 7.3.
package struct SecretLocator: Sendable, Hashable {
    package enum Service: String, Sendable, Hashable, CaseIterable {
        case secretsManager = "secretsmanager"
        case parameterStore = "ssm"
    }

    package var service: Service
    /// A secret's name as its ARN has it, perhaps with the hyphen and six characters that Secrets Manager adds; or a
    /// parameter's, without the slash at its beginning, which its ARN has not got either.
    package var name: String
    /// The member of a JSON object whose value is meant; nil for the whole text.
    package var jsonKey: String?

    init(_ service: Service, name: String, jsonKey: String? = nil) {
        self.service = service
        self.name = name
        self.jsonKey = jsonKey
    }

    /// What stands in `valueFrom`: the ARN of a secret or of a parameter, or the name of a parameter.
    ///
    /// - Throws: for another region or account than this control plane's, and for versions: only the current one is
    ///   kept here.
    package init(valueFrom text: String, _ arns: ARNFactory) throws(SecretError) {
        if let arn = ARN(text) {
            try self.init(arn, text, arns)
        } else {
            try self.init(parameter: text)
        }
    }

    /// What stands in `credentialsParameter`: the ARN or the name of a secret.
    package init(credentialsParameter text: String, _ arns: ARNFactory) throws(SecretError) {
        if let arn = ARN(text) {
            try self.init(arn, text, arns)
        } else {
            self.init(.secretsManager, name: text)
        }
    }

    private init(_ arn: ARN, _ text: String, _ arns: ARNFactory) throws(SecretError) {
        guard let service = Service(rawValue: arn.service) else {
            throw .notSupported(.secretsManager, "\(text.prefix(200)) is no secret and no parameter")
        }
        guard arns.owns(arn) else {
            throw .notSupported(
                service,
                "\(text.prefix(200)) is not of region \(arns.region) and account \(arns.accountID), whose secrets are "
                    + "kept here")
        }
        switch service {
        case .secretsManager: try self.init(secret: arn.resource)
        case .parameterStore:
            guard arn.resourceType == "parameter" else {
                throw .notSupported(service, "\(text.prefix(200)) is no parameter")
            }
            try self.init(parameter: String(arn.resource.dropFirst("parameter".count)))
        }
    }

    /// `secret:NAME`, and perhaps `:json-key:version-stage:version-id`, of which each may be empty.
    private init(secret resource: String) throws(SecretError) {
        let parts = resource.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        guard (2...5).contains(parts.count), parts[0] == "secret", !parts[1].isEmpty else {
            throw .notSupported(.secretsManager, "\(resource.prefix(200)) is no secret")
        }
        let stage = parts.count > 3 ? parts[3] : ""
        let version = parts.count > 4 ? parts[4] : ""
        guard stage.isEmpty || stage == "AWSCURRENT", version.isEmpty else {
            throw .notSupported(
                .secretsManager,
                "only the current version (AWSCURRENT) of a secret is kept here, and \(parts[1]) is asked for with "
                    + (version.isEmpty ? "version stage \(stage)" : "version id \(version)"))
        }
        self.init(.secretsManager, name: parts[1], jsonKey: parts.count > 2 && !parts[2].isEmpty ? parts[2] : nil)
    }

    private init(parameter text: String) throws(SecretError) {
        guard !text.contains(":") else {
            throw .notSupported(
                .parameterStore,
                "only the current version of a parameter is kept here, and \(text.prefix(200)) asks for a version or "
                    + "label")
        }
        self.init(.parameterStore, name: text.hasPrefix("/") ? String(text.dropFirst()) : text)
    }

    /// As it can stand in `valueFrom`.
    package func valueFrom(_ arns: ARNFactory) -> String {
        let resource =
            switch service {
            case .secretsManager: "secret:\(name)"
            case .parameterStore: "parameter/\(name)"
            }
        let arn = ARN(
            partition: arns.partition, service: service.rawValue, region: arns.region, accountID: arns.accountID,
            resource: resource)
        return jsonKey.map { "\(arn):\($0)::" } ?? "\(arn)"
    }
}
