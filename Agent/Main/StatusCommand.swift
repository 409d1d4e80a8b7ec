import AgentMetadata
import HTTPClient
import Support

/// `stevedore-agent status`: how the agent that runs on this host and its tasks are.
enum StatusCommand {
    private static let name = "status"

    /// - Returns: the exit code; nil if the command line asks for something else.
    static func run(_ arguments: [String]) async -> Int32? {
        guard arguments.first == name else { return nil }
        let options = arguments.dropFirst()
        guard options.allSatisfy({ $0 == "--json" }) else {
            Logger.standardError("stevedore-agent: status takes --json and nothing else\n")
            return 64
        }
        let url = "http://127.0.0.1:\(IntrospectionRequests.port)\(IntrospectionRequests.statusPath)"
        do {
            let response = try await Client().send(ClientRequest(method: "GET", url: url, timeout: .seconds(5)))
            guard response.status == 200 else { throw StatusFailure(description: "status \(response.status)") }
            if options.isEmpty {
                print(try AgentStatus.decode(response.body).text, terminator: "")
            } else {
                print(String(decoding: response.body, as: UTF8.self))
            }
            return 0
        } catch {
            Logger.standardError("stevedore-agent: no agent answers at \(url): \(error)\n")
            return 1
        }
    }
}

private struct StatusFailure: Error, CustomStringConvertible {
    var description: String
}
