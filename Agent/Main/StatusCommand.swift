import AgentMetadata
import HTTPClient
import Support

extension AgentCommand {
    /// `stevedore-agent status`: how the agent that runs on this host and its tasks are.
    static let status = AgentCommand(
        name: "status", synopsis: " [--json]",
        help: "Say how the agent of this host and its tasks are, and stop: exit code 1 if it does not answer."
    ) { options, _ in
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
