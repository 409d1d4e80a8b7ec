import ControlPlaneSimulation
import FoundationEssentials
import Support

/// `stevedore-controlplane simulate FILE`: would this cluster carry these services, and what happens if a zone fails?
enum SimulateCommand {
    static let name = "simulate"
    static let help = """
        Usage: stevedore-controlplane simulate FILE [--json]

        Plays through what FILE describes (JSON; - is standard input), on a control plane with simulated hosts and simulated
        time, and prints where tasks went, how few ran meanwhile and how long it took until all was well, what did not fit
        and why, and what is reserved. Nothing real is touched.

          hosts            [{"count": 10, "availabilityZone": "us-east-1a", "cpu": 4096, "memory": 16384,
                             "gpus": 0, "attributes": {"disk": "ssd"}, "reservedPorts": [22]}]
          taskDefinitions  requests of RegisterTaskDefinition
          services         requests of CreateService, REPLICA or DAEMON
          events           [{"failZone": "us-east-1a"}, {"restoreZone": "us-east-1a"}, {"drainZone": "us-east-1b"},
                            {"failHosts": 2}, {"addHosts": {…}}, {"service": "web", "desiredCount": 40},
                            {"service": "web", "taskDefinition": "web:2"}]; the last two take more of UpdateService
          images           a container whose image has the tag fails-to-start, crashes or turns-unhealthy does that
          seed             a number; the same one gives the same answer

        Exit code 0 if every task had a host at every stage, 2 if not.

        """

    /// - Returns: the exit code.
    /// - Throws: usage, or what is wrong with the file.
    static func run(_ arguments: [String]) async throws -> Int32 {
        var files: [String] = []
        var asJSON = false
        for argument in arguments {
            switch argument {
            case "--json": asJSON = true
            case "--help", "-h":
                print(help, terminator: "")
                return 0
            case _ where argument.hasPrefix("-") && argument != "-":
                throw ConfigurationError.usage("\(name): unknown option \(argument)")
            default: files.append(argument)
            }
        }
        guard files.count == 1 else {
            throw ConfigurationError.usage("\(name) needs one file, or - for standard input")
        }
        let report = try await report(on: try read(files[0]), from: files[0])
        if asJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(report.text, terminator: "")
        }
        return report.isCarried ? 0 : 2
    }

    private static func report(on data: Data, from file: String) async throws -> ScenarioReport {
        do { return try await ScenarioRun.report(on: try Scenario(json: data)) } catch let error as ScenarioError {
            throw ConfigurationError.configuration("\(file): \(error)")
        }
    }

    private static func read(_ file: String) throws -> Data {
        do { return try Data(contentsOf: URL(filePath: file == "-" ? "/dev/stdin" : file)) } catch {
            throw ConfigurationError.configuration("\(file) cannot be read: \(error)")
        }
    }
}
