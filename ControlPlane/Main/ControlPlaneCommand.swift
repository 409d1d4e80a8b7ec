import ControlPlaneState
import Support

#if canImport(Glibc)
    import Glibc
#endif

/// `stevedore-controlplane`: reads its settings and runs. Exit codes: 0 clean, 1 a fault at run time, 64 usage,
/// 78 configuration.
enum ControlPlaneCommand {
    static func main() async {
        let reader = ControlPlaneConfiguration.reader
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.first == OperationsCommand.name {
                try OperationsCommand.run(Array(arguments.dropFirst()))
                exit(0)
            }
            if arguments.first == SimulateCommand.name {
                exit(try await SimulateCommand.run(Array(arguments.dropFirst())))
            }
            if arguments.first == SecretCommand.name {
                try SecretCommand.run(Array(arguments.dropFirst()))
                exit(0)
            }
            if arguments.first == AccessKeyCommand.name {
                try await AccessKeyCommand.run(Array(arguments.dropFirst()))
                exit(0)
            }
            let outcome = try reader.read(
                arguments: arguments, environment: ProcessEnvironment.variables,
                readFile: ConfigurationFile.read)
            switch outcome {
            case .help: print(reader.help, terminator: "")
            case .version: print("\(reader.program) \(StevedoreVersion.current)")
            case .settings(let values): try await run(values)
            }
            exit(0)
        } catch let error as ConfigurationError {
            Logger.standardError("\(reader.program): \(error.message)\n")
            exit(error.exitCode)
        } catch {
            Logger.standardError("\(reader.program): \(error)\n")
            exit(1)
        }
    }

    private static func run(_ values: SettingValues) async throws {
        let configuration = try ControlPlaneConfiguration(values)
        let log = Logger(minimumLevel: configuration.logLevel, format: configuration.logFormat)
        for key in values.unknownFileKeys { log.warning("unknown key in the configuration file", ["key": key]) }
        try await ControlPlaneProcess(configuration: configuration, log: log).run()
    }
}
