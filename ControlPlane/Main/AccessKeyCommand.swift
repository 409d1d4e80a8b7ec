import ControlPlaneAPI
import FoundationEssentials
import HTTPClient
import Support

/// `stevedore-controlplane access-key`: asks the control plane that runs for keys of people and programs.
enum AccessKeyCommand {
    static let name = "access-key"
    static let usage = "access-key create --name NAME [--policy FILE] | list | VERB ID [options]"
    static let help =
        "Make, list and change the keys of people and programs. VERB is enable, disable, delete, policy (print it), "
        + "set-policy ID FILE, or rotate ID [--keep-old]. FILE is a policy in IAM's language, - is standard input. The "
        + "secret is printed once, as a profile for the credentials file of the AWS tools. To be run on the same machine as "
        + "the user that the control plane runs as."

    private struct Asked {
        var request: AccessKeyRequest
        /// What is left of the command line: settings.
        var settings: [String]
    }

    /// - Throws: usage, configuration, or why the control plane did not do it.
    static func run(_ arguments: [String]) async throws {
        if arguments.contains("--help") || arguments.contains("-h") {
            print(ControlPlaneConfiguration.reader.help, terminator: "")
            return
        }
        let asked = try parse(arguments)
        let outcome = try ControlPlaneConfiguration.reader.read(
            arguments: asked.settings, environment: ProcessEnvironment.variables, readFile: ConfigurationFile.read)
        guard case .settings(let values) = outcome else { throw ConfigurationError.usage("expected \(usage)") }
        let configuration = try ControlPlaneConfiguration(values)
        let reply = try await send(asked.request, to: configuration.dataDirectory)
        if let refusal = reply.refusal { throw ConfigurationError.usage(refusal) }
        show(reply)
    }

    // MARK: The command line

    private static func parse(_ arguments: [String]) throws -> Asked {
        var rest = arguments[...]
        let verb = rest.popFirst() ?? ""
        func id() throws -> String {
            guard let id = rest.popFirst(), !id.isEmpty, !id.hasPrefix("-") else {
                throw ConfigurationError.usage("\(name) \(verb) needs the id of a key")
            }
            return id
        }
        let request: AccessKeyRequest
        switch verb {
        case "create":
            guard let keyName = try option("--name", of: &rest) else {
                throw ConfigurationError.usage("\(name) create needs --name NAME")
            }
            request = .create(name: keyName, policy: try option("--policy", of: &rest).map(file))
        case "list": request = .list
        case "enable": request = .setEnabled(accessKeyID: try id(), true)
        case "disable": request = .setEnabled(accessKeyID: try id(), false)
        case "delete": request = .delete(accessKeyID: try id())
        case "policy": request = .policy(accessKeyID: try id())
        case "rotate":
            let key = try id()
            let keepsOld = rest.contains("--keep-old")
            rest.removeAll { $0 == "--keep-old" }
            request = .rotate(accessKeyID: key, keepOld: keepsOld)
        case "set-policy":
            let key = try id()
            guard let path = rest.popFirst(), path == "-" || !path.hasPrefix("-") else {
                throw ConfigurationError.usage("\(name) set-policy needs the file of the policy")
            }
            request = .setPolicy(accessKeyID: key, policy: try file(path))
        default: throw ConfigurationError.usage("expected \(usage)")
        }
        return Asked(request: request, settings: Array(rest))
    }

    /// Takes an option of the command's own, `--name VALUE` or `--name=VALUE`, out of the arguments.
    private static func option(_ flag: String, of rest: inout ArraySlice<String>) throws -> String? {
        var found: [String] = []
        var kept: [String] = []
        while let argument = rest.popFirst() {
            if argument == flag {
                guard let value = rest.popFirst() else { throw ConfigurationError.usage("\(flag) needs a value") }
                found.append(value)
            } else if argument.hasPrefix(flag + "=") {
                found.append(String(argument.dropFirst(flag.count + 1)))
            } else {
                kept.append(argument)
            }
        }
        rest = kept[...]
        guard found.count <= 1 else { throw ConfigurationError.usage("\(flag) is given twice") }
        return found.first
    }

    private static func file(_ path: String) throws -> String {
        guard let text = try PrivateFile.read(path == "-" ? "/dev/stdin" : path) else {
            throw ConfigurationError.usage("there is no file \(path)")
        }
        return text
    }

    // MARK: The conversation

    private static func send(_ request: AccessKeyRequest, to dataDirectory: String) async throws -> AccessKeyReply {
        let socket = try OperatorSocket(dataDirectory: dataDirectory)
        var configuration = ClientConfiguration()
        configuration.unixSocketPath = socket.path
        let client = Client(configuration)
        defer { client.close() }
        let body = try JSONEncoder().encode(request)
        let response: ClientResponse
        do {
            response = try await client.send(
                ClientRequest(
                    method: "POST", url: "http://localhost" + AccessKeyService.path,
                    headers: [ClientHeader("Content-Type", "application/json")], body: Array(body)))
        } catch {
            throw OperatorError(
                "no control plane answers at \(dataDirectory)/operator.sock (\(error)): it has to run, and this command to "
                    + "run as its user")
        }
        guard response.status == 200 else {
            throw OperatorError(
                "the control plane answers \(response.status): \(String(decoding: response.body, as: UTF8.self))")
        }
        return try JSONDecoder().decode(AccessKeyReply.self, from: Data(response.body))
    }

    private struct OperatorError: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    private static func show(_ reply: AccessKeyReply) {
        if let secret = reply.secret {
            print(
                """
                [\(secret.name)]
                aws_access_key_id = \(secret.accessKeyID)
                aws_secret_access_key = \(secret.secretAccessKey)
                region = \(secret.region)
                """)
        }
        for key in reply.keys ?? [] {
            let date = Date(timeIntervalSince1970: key.createdAt).formatted(.iso8601)
            print(
                key.accessKeyID, key.isEnabled ? "enabled" : "disabled", key.hasPolicy ? "policy" : "no-policy", date,
                key.name, separator: "\t")
        }
        if let policy = reply.policy { print(policy, terminator: policy.hasSuffix("\n") ? "" : "\n") }
    }
}
