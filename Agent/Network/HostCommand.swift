import Support

/// A program of the host that changes its network: `ip` and `iptables`, and the CNI plugins.
///
/// What they are given comes from the control plane and was read as an address or a number before, never as text.
protocol HostCommands: Sendable {
    /// - Returns: what it wrote to its standard output.
    /// - Throws: if it cannot be started, takes too long, or ends with another code than 0: what it wrote.
    func run(
        _ program: String, _ arguments: [String], environment: [String: String], input: [UInt8]?
    ) async throws(HostCommandError) -> [UInt8]
}

extension HostCommands {
    @discardableResult
    func run(_ program: String, _ arguments: String...) async throws(HostCommandError) -> [UInt8] {
        try await run(program, arguments, environment: [:], input: nil)
    }
}

struct HostCommandError: Error, Sendable, Hashable, CustomStringConvertible {
    var message: String
    var description: String { message }
}

struct SystemCommands: HostCommands {
    /// Far more than any of them takes, also where iptables waits for another's lock.
    private static let timeout: Duration = .seconds(30)
    private static let outputBytes = 8 << 20

    let searchPath: String

    func run(
        _ program: String, _ arguments: [String], environment: [String: String], input: [UInt8]?
    ) async throws(HostCommandError) -> [UInt8] {
        guard let executable = ExecutableLookup.find(program, searchPath: searchPath) else {
            throw HostCommandError(message: "there is no program \(program) on this host")
        }
        let command = SubprocessCommand(
            executable: executable, arguments: arguments,
            environment: environment.merging(["PATH": searchPath]) { own, _ in own }, standardInput: input)
        let output: SubprocessOutput
        do throws(SubprocessError) {
            output = try await Subprocess.run(command, outputLimit: Self.outputBytes, timeout: Self.timeout)
        } catch {
            throw HostCommandError(message: "\(program): \(error.message)")
        }
        guard output.status.isSuccess else {
            // The plugins tell their errors on standard output.
            let text = output.standardError.isEmpty ? output.standardOutput : output.standardError
            let words = String(decoding: text.prefix(600), as: UTF8.self).split(whereSeparator: \.isWhitespace)
            throw HostCommandError(message: "\(program): \(words.joined(separator: " "))")
        }
        return output.standardOutput
    }
}
