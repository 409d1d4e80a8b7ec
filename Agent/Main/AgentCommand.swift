/// Something that the program does instead of running as the agent: `stevedore-agent NAME …`.
struct AgentCommand: Sendable {
    var name: String
    /// What may follow the name, for `--help`.
    var synopsis = ""
    /// One sentence for `--help`.
    var help: String
    /// - Returns: the exit code.
    var run: @Sendable (_ arguments: [String], _ environment: [String: String]) async -> Int32

    static let all = [drain, status]
}
