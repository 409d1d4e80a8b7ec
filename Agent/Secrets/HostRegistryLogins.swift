package import AgentRuntime
import FoundationEssentials

/// The registry credentials that a host was given in its settings.
///
/// - Source: Developer Guide, "Private registry authentication for container instances": ECS_ENGINE_AUTH_TYPE and
///   ECS_ENGINE_AUTH_DATA.
package struct HostRegistryLogins: Sendable {
    /// ECS_ENGINE_AUTH_TYPE.
    package enum Form: String, Sendable, CaseIterable {
        /// `{"REGISTRY": {"username": …, "password": …}}`
        case docker
        /// `{"REGISTRY": {"auth": "BASE64"}}`, as docker's configuration file has it; also with `auths` around it.
        case dockercfg
    }

    private struct Entry: Decodable {
        var username: String?
        var password: String?
        var auth: String?
        var identitytoken: String?
    }

    private struct Wrapped: Decodable {
        var auths: [String: Entry]
    }

    private var credentials: [String: RegistryCredential] = [:]

    /// For a host that was given none.
    package init() {}

    /// - Returns: nil if the data is not of this form.
    package init?(_ form: Form, data: String) {
        let decoder = JSONDecoder()
        let bytes = Data(data.utf8)
        let wrapped = form == .dockercfg ? (try? decoder.decode(Wrapped.self, from: bytes))?.auths : nil
        guard let entries = wrapped ?? (try? decoder.decode([String: Entry].self, from: bytes)) else { return nil }
        for (registry, entry) in entries {
            guard let credential = Self.credential(entry, form) else { return nil }
            credentials[ImageReference.registry(named: registry)] = credential
        }
    }

    private static func credential(_ entry: Entry, _ form: Form) -> RegistryCredential? {
        switch form {
        case .docker:
            guard let username = entry.username, let password = entry.password else { return nil }
            return RegistryCredential(username: username, password: password)
        case .dockercfg:
            guard let auth = entry.auth, Data(base64Encoded: auth) != nil else { return nil }
            return RegistryCredential(authorization: auth, identityToken: entry.identitytoken)
        }
    }

    package func credential(for image: String) -> RegistryCredential? { credentials[ImageReference.registry(image)] }
}
