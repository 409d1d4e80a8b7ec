/// Where the values of secrets come from.
package protocol SecretProvider: Sendable {
    /// - Throws: ``SecretError``, in whose text the value is not.
    func value(of reference: SecretLocator) async throws(SecretError) -> String
}

/// A control plane that keeps no secrets.
package struct NoSecrets: SecretProvider {
    package init() {}

    package func value(of reference: SecretLocator) async throws(SecretError) -> String {
        throw .notFound(reference)
    }
}

/// Why a secret's value is not to be had.
package struct SecretError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// It will not be had by asking again.
        case refused
        /// It could not be read: later may be better.
        case unavailable
    }

    package var code: Code
    /// In the words with which ECS's agent goes on after "execution resource retrieval failed: ".
    package var message: String

    package var description: String { message }

    private init(_ service: SecretLocator.Service, _ problem: String, code: Code = .refused) {
        self.code = code
        message =
            switch service {
            case .secretsManager: "unable to retrieve secret from asm: \(problem)"
            case .parameterStore: "unable to retrieve secrets from ssm: \(problem)"
            }
    }

    static func notFound(_ reference: SecretLocator) -> Self {
        switch reference.service {
        case .secretsManager:
            Self(
                .secretsManager,
                "ResourceNotFoundException: Secrets Manager can't find the specified secret: \(reference.name)")
        case .parameterStore: Self(.parameterStore, "invalid ssm parameters: \(reference.name)")
        }
    }

    static func missingKey(_ key: String, _ reference: SecretLocator) -> Self {
        Self(
            reference.service,
            "retrieved secret from Secrets Manager did not contain json key \(key): \(reference.name)")
    }

    static func notSupported(_ service: SecretLocator.Service, _ problem: String) -> Self { Self(service, problem) }

    static func unreadable(_ reference: SecretLocator, _ problem: String) -> Self {
        Self(reference.service, problem, code: .unavailable)
    }
}
