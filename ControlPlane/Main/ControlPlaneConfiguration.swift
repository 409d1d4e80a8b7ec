import ControlPlaneState
import Support

/// Everything that can be set, read once and checked as a whole.
struct ControlPlaneConfiguration: Sendable {
    var listenAddress: String
    var listenPort: UInt16
    var dataDirectory: String
    var storePath: String
    var secretsDirectory: String
    var region: String
    var accountID: String
    var vpc: VPC
    var isAuthOn: Bool
    var agentTimeoutSeconds: Int
    var resetTimeout: Duration
    var replaceAfterSeconds: Int
    var healthyAfterSeconds: Int
    var stoppedTaskRetentionSeconds: Int
    var stoppedTaskLimit: Int
    var logFormat: LogFormat
    var logLevel: LogLevel

    static let reader = CommandLineReader(
        program: "stevedore-controlplane",
        summary: "stevedore-controlplane: Amazon ECS on your own hosts, the manager's half.",
        settings: [
            Setting(
                flag: "--listen", variable: "STEVEDORE_LISTEN", valueName: "ADDR:PORT", default: "127.0.0.1:8600",
                help: "Where to serve the API and the agents; an IPv6 address in brackets."),
            Setting(
                flag: "--data-dir", variable: "STEVEDORE_DATA_DIR", valueName: "DIR",
                default: "/var/lib/stevedore/controlplane", help: "Where state, root key and join token are kept."),
            Setting(
                flag: "--store", variable: "STEVEDORE_STORE", valueName: "URL", default: "sqlite",
                help: "sqlite: one file in the data directory; or sqlite:/PATH."),
            Setting(
                flag: "--secrets-dir", variable: "STEVEDORE_SECRETS_DIR", valueName: "DIR",
                help: "Where the values of secrets are kept; without it, secrets in the data directory."),
            Setting(
                flag: "--region", variable: "STEVEDORE_REGION", valueName: "NAME", default: "us-east-1",
                help: "The region in ARNs, and the one that requests must be signed for."),
            Setting(
                flag: "--account-id", variable: "STEVEDORE_ACCOUNT_ID", valueName: "DIGITS", default: "123456789012",
                help: "The account in ARNs: 12 digits."),
            Setting(
                flag: "--vpc-cidr", variable: "STEVEDORE_VPC_CIDR", valueName: "CIDR", default: "\(VPC.defaultCIDR)",
                help: "The addresses of tasks in network mode awsvpc: from /8 to /20, and nobody else's."),
            Setting(
                flag: "--auth", variable: "STEVEDORE_AUTH", valueName: "on|off", default: "on",
                help: "off takes every caller for root; only for a loopback address."),
            Setting(
                flag: "--agent-timeout", variable: "STEVEDORE_AGENT_TIMEOUT", valueName: "SECONDS", default: "30",
                help: "How long an agent may be silent before its instance shows agentConnected false."),
            Setting(
                flag: "--reset-timeout", variable: "STEVEDORE_RESET_TIMEOUT", valueName: "SECONDS", default: "30",
                help: "The same after the agent's connection was closed or reset, if that is less; 0.5 is possible."),
            Setting(
                flag: "--replace-after", variable: "STEVEDORE_REPLACE_AFTER", valueName: "SECONDS", default: "60",
                help: "The same before services start others for its tasks; 0: as soon as agentConnected is false."),
            Setting(
                flag: "--healthy-after", variable: "STEVEDORE_HEALTHY_AFTER", valueName: "SECONDS", default: "5",
                help: "How long a service's task without health check has to run before it counts as healthy."),
            Setting(
                flag: "--stopped-task-retention", variable: "STEVEDORE_STOPPED_TASK_RETENTION", valueName: "SECONDS",
                default: "604800", help: "How long a STOPPED task can be described; at least 3600."),
            Setting(
                flag: "--stopped-task-limit", variable: "STEVEDORE_STOPPED_TASK_LIMIT", valueName: "COUNT",
                default: "100000",
                help: "How many STOPPED tasks are kept; beyond it the oldest go, but none in its first hour."),
            Setting(
                flag: "--log-format", variable: "STEVEDORE_LOG_FORMAT", valueName: "logfmt|json", default: "logfmt",
                help: "How log lines on standard error are written."),
            Setting(
                flag: "--log-level", variable: "STEVEDORE_LOG_LEVEL", valueName: "debug|info|warning|error",
                default: "info", help: "The least important lines to write."),
        ],
        defaultFile: "/etc/stevedore/controlplane.conf",
        commands: [
            .init(
                name: OperationsCommand.name,
                help: "List every operation of the ECS API, done or refused, one a line, and stop."),
            .init(name: SecretCommand.usage, help: SecretCommand.help),
            .init(name: AccessKeyCommand.usage, help: AccessKeyCommand.help),
            .init(
                name: "\(SimulateCommand.name) FILE [--json]",
                help:
                    "Say where the tasks of a cluster that is only described would go, and what happens to them when a "
                    + "zone fails; simulate --help describes FILE."),
        ])

    init(_ values: SettingValues) throws(ConfigurationError) {
        let listen = try Self.need(values, "listen", "ADDR:PORT with a numeric address", Self.parseListen)
        listenAddress = listen.address
        listenPort = listen.port
        dataDirectory = try Self.need(values, "data-dir", "an absolute path") { $0.hasPrefix("/") ? $0 : nil }
        let directory = dataDirectory
        storePath = try Self.need(values, "store", "sqlite or sqlite:/PATH") { text in
            if text == "sqlite" { return directory + "/state.sqlite" }
            return text.hasPrefix("sqlite:/") ? String(text.dropFirst("sqlite:".count)) : nil
        }
        secretsDirectory =
            try values.value("secrets-dir", expected: "an absolute path") { text in
                text.isEmpty ? directory + "/secrets" : text.hasPrefix("/") ? text : nil
            } ?? directory + "/secrets"
        region = try Self.need(values, "region", "lowercase letters, digits and hyphens") { text in
            let isName = text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
            return !text.isEmpty && isName ? text : nil
        }
        accountID = try Self.need(values, "account-id", "12 digits") { text in
            text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? text : nil
        }
        let names = (region: region, accountID: accountID)
        let block = "a block of IPv4 addresses from /8 to /20, as in 10.192.0.0/12"
        vpc = try Self.need(values, "vpc-cidr", block) { text in
            IPv4Network(text).flatMap { VPC(cidr: $0, region: names.region, accountID: names.accountID) }
        }
        isAuthOn = try Self.need(values, "auth", "on or off") { ["on": true, "off": false][$0] }
        agentTimeoutSeconds = try Self.need(values, "agent-timeout", "seconds from 3 to 3600", Self.number(3...3600))
        resetTimeout = try Self.need(values, "reset-timeout", "seconds from 0.2 to 3600") { text in
            Double(text).flatMap { (0.2...3600).contains($0) ? .milliseconds(Int($0 * 1000)) : nil }
        }
        replaceAfterSeconds = try Self.need(values, "replace-after", "seconds from 0 to 86400", Self.number(0...86_400))
        healthyAfterSeconds = try Self.need(values, "healthy-after", "seconds from 0 to 3600", Self.number(0...3600))
        stoppedTaskRetentionSeconds = try Self.need(
            values, "stopped-task-retention", "seconds from 3600 to 31536000", Self.number(3600...31_536_000))
        stoppedTaskLimit = try Self.need(
            values, "stopped-task-limit", "a number from 0 to 10000000", Self.number(0...10_000_000))
        logFormat = try Self.need(values, "log-format", "logfmt or json", LogFormat.init(rawValue:))
        logLevel = try Self.need(values, "log-level", "debug, info, warning or error", LogLevel.init(name:))
        guard isAuthOn || Self.isLoopback(listenAddress) else {
            throw values.error(
                "auth",
                "off is refused on \(listenAddress): anyone who reaches it could run anything. Use a loopback address")
        }
    }

    private static func need<Value>(
        _ values: SettingValues, _ name: String, _ expected: String, _ convert: (String) -> Value?
    ) throws(ConfigurationError) -> Value {
        guard let value = try values.value(name, expected: expected, convert) else {
            throw .configuration("\(name) is not set")
        }
        return value
    }

    private static func number(_ range: ClosedRange<Int>) -> (String) -> Int? {
        { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
    }

    private static func parseListen(_ text: String) -> (address: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var address = String(text[..<colon])
        if address == "localhost" { address = "127.0.0.1" }
        if address.hasPrefix("["), address.hasSuffix("]") {
            address = String(address.dropFirst().dropLast())
        } else if address.contains(":") {
            return nil
        }
        return address.isEmpty ? nil : (address, port)
    }

    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }
}
