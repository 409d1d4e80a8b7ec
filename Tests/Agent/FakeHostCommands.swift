import Synchronization

@testable import AgentNetwork

/// The programs of a host in memory: notes what is run, and answers what it is told to.
final class FakeHostCommands: HostCommands {
    struct Call: Sendable, Hashable {
        var line: String
        var environment: [String: String]
        var input: String
    }

    private struct Contents {
        var calls: [Call] = []
        var answers: [String: String] = [:]
        var failures: [String: Int] = [:]
    }

    private let contents = Mutex(Contents())

    var calls: [Call] { contents.withLock(\.calls) }
    /// What was run so far, each as one line.
    var lines: [String] { calls.map(\.line) }

    func clear() { contents.withLock { $0.calls = [] } }

    /// What commands write whose line begins so.
    func answer(_ beginning: String, _ output: String) { contents.withLock { $0.answers[beginning] = output } }

    /// Lets commands fail whose line begins so, this often.
    func fail(_ beginning: String, times: Int = .max) { contents.withLock { $0.failures[beginning] = times } }

    func run(
        _ program: String, _ arguments: [String], environment: [String: String], input: [UInt8]?
    ) async throws(HostCommandError) -> [UInt8] {
        let verb = environment["CNI_COMMAND"].map { [$0] } ?? []
        let line = ([program] + verb + arguments).joined(separator: " ")
        let answer: Result<String, HostCommandError> = contents.withLock { contents in
            let call = Call(line: line, environment: environment, input: String(decoding: input ?? [], as: UTF8.self))
            contents.calls.append(call)
            if let failing = contents.failures.first(where: { line.hasPrefix($0.key) && $0.value > 0 }) {
                contents.failures[failing.key] = failing.value - 1
                return .failure(HostCommandError(message: "\(program) says no"))
            }
            return .success(contents.answers.first { line.hasPrefix($0.key) }?.value ?? "")
        }
        return Array(try answer.get().utf8)
    }
}
