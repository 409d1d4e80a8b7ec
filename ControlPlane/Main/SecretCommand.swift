import ControlPlaneSecrets
import Support

#if canImport(Glibc)
    import Glibc
#endif

/// `stevedore-controlplane secret`: puts, removes and lists the values that ``FileSecrets`` has. A control plane that
/// runs has them at once.
enum SecretCommand {
    static let name = "secret"
    static let usage = "secret put NAME | remove NAME | list [options]"
    static let help =
        "Keep what standard input says as a secret, forget one, or list their names. NAME is what stands in "
        + "valueFrom, without a json key. To be run as the user that the control plane runs as."

    /// - Throws: usage, configuration, or what kept the files from being written.
    static func run(_ arguments: [String]) throws {
        var rest = arguments[...]
        let verb = rest.popFirst() ?? ""
        guard ["put", "remove", "list"].contains(verb) else { throw ConfigurationError.usage("expected \(usage)") }
        let name = verb == "list" ? "" : rest.popFirst() ?? ""
        guard verb == "list" || !(name.isEmpty || name.hasPrefix("-")) else {
            throw ConfigurationError.usage("\(Self.name) \(verb) needs the name of a secret")
        }
        let reader = ControlPlaneConfiguration.reader
        let outcome = try reader.read(
            arguments: Array(rest), environment: ProcessEnvironment.variables, readFile: ConfigurationFile.read)
        guard case .settings(let values) = outcome else {
            print(reader.help, terminator: "")
            return
        }
        let configuration = try ControlPlaneConfiguration(values)
        let arns = ARNFactory(region: configuration.region, accountID: configuration.accountID)
        let secrets = FileSecrets(directory: configuration.secretsDirectory)
        switch verb {
        case "put": try secrets.put(try standardInput(), at: try reference(name, arns))
        case "remove":
            guard try secrets.remove(try reference(name, arns)) else {
                throw ConfigurationError.usage("there is no secret \(name)")
            }
        default: for secret in try secrets.list() { print(secret.valueFrom(arns)) }
        }
    }

    private static func reference(_ name: String, _ arns: ARNFactory) throws -> SecretLocator {
        let reference: SecretLocator
        do { reference = try SecretLocator(valueFrom: name, arns) } catch {
            throw ConfigurationError.usage(error.message)
        }
        guard reference.jsonKey == nil else {
            throw ConfigurationError.usage("a secret is kept as a whole: leave the json key out of \(name)")
        }
        return reference
    }

    private static func standardInput() throws -> String {
        guard let text = try PrivateFile.read("/dev/stdin") else {
            throw ConfigurationError.usage("there is no standard input to read the value from")
        }
        return text
    }
}
