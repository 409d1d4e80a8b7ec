import AgentConfiguration
import FoundationEssentials
import Support

#if canImport(Glibc)
    import Glibc
#endif

/// `stevedore-agent`: reads its settings, and runs until it is told to stop.
@main
enum AgentProgram {
    // Not on the main actor: nothing here may wait for its thread.
    @concurrent
    static func main() async {
        exit(await run())
    }

    /// - Returns: the exit code: 0 clean, 1 a fault at run time, 64 a wrong command line, 78 a wrong configuration.
    private static func run() async -> Int32 {
        let environment = environmentVariables()
        if let code = await StatusCommand.run(Array(CommandLine.arguments.dropFirst())) { return code }
        let configuration: AgentConfiguration
        do throws(ConfigurationError) {
            let reader = AgentConfiguration.reader
            switch try reader.read(
                arguments: Array(CommandLine.arguments.dropFirst()), environment: environment, readFile: readFile)
            {
            case .help:
                print(reader.help, terminator: "")
                return 0
            case .version:
                print("stevedore-agent \(AgentConfiguration.version)")
                return 0
            case .settings(let values):
                configuration = try AgentConfiguration(values)
            }
        } catch {
            Logger.standardError("stevedore-agent: \(error.message)\n")
            return error.exitCode
        }
        // Before any thread does anything that a signal could hit.
        let stopRequests = ServiceSignals.stopRequests()
        let logger = Logger(minimumLevel: configuration.logLevel, format: configuration.logFormat)
        do throws(AgentFailure) {
            let service = try await AgentService(configuration, environment: environment, logger: logger)
            return try await service.run(until: stopRequests)
        } catch {
            logger.error(error.message)
            return error.exitCode
        }
    }

    private static func readFile(_ path: String) throws(ConfigurationError) -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        } catch {
            throw .configuration("\(path): \(error)")
        }
    }

    private static func environmentVariables() -> [String: String] { ProcessInfo.processInfo.environment }
}
