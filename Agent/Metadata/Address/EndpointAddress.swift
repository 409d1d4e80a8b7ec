package import Support

/// The address at which every container finds what its task may know, and the rules that lead there.
///
/// It is an address of the host's loopback interface, so whatever has the host as its router reaches it. The agent
/// listens on a port of its own, and port 80 of this one address is translated to it: a listener on port 80 itself
/// would keep every task in network mode `host` from listening on 0.0.0.0:80, and be kept from starting by it. The rules
/// stand in a chain of their own, before docker's, whose rules for published ports take port 80 of every local address.
/// It outlives an agent that is killed, or stops while containers go on that will ask again; the next agent finds it.
///
/// - Source: ECS Developer Guide, "Task IAM role" (169.254.170.2); spec/ecs-runtime.md section 5.
package struct EndpointAddress: Sendable {
    package static let address = "169.254.170.2"
    package static let port: UInt16 = 51679
    static let chain = "STEVEDORE-ENDPOINTS"

    /// Runs a program to its end.
    package typealias Run = @Sendable (_ program: String, _ arguments: [String]) async -> SubprocessOutput?

    private let run: Run

    package init(run: @escaping Run) {
        self.run = run
    }

    /// - Parameter environment: the agent's own; PATH says where the programs are.
    package init(environment: [String: String]) {
        let path = (environment["PATH"] ?? "") + ":/usr/sbin:/sbin:/usr/bin:/bin"
        self.init { program, arguments in
            guard let executable = ExecutableLookup.find(program, searchPath: path) else { return nil }
            let command = SubprocessCommand(executable: executable, arguments: arguments)
            // What kept it from ending by itself is as good as its failure: there is no answer.
            return try? await Subprocess.run(command, outputLimit: 1 << 20, timeout: .seconds(20))
        }
    }

    /// Makes the address, without which the agent cannot listen. What is there already stays.
    ///
    /// - Returns: what went wrong, in one sentence; nil if all is well.
    package func addAddress() async -> String? {
        guard let shown = await run("ip", ["-4", "-oneline", "address", "show", "dev", "lo"]), shown.status.isSuccess
        else { return "there is no program ip that shows the addresses of lo" }
        if String(decoding: shown.standardOutput, as: UTF8.self).contains(" \(Self.address)/") { return nil }
        return await failure(of: "ip", ["address", "add", "\(Self.address)/32", "dev", "lo"])
    }

    /// Leads port 80 of the address to the agent's own. What is there already stays.
    ///
    /// - Returns: what went wrong, in one sentence; nil if all is well.
    package func addRules() async -> String? {
        for rule in Self.rules {
            guard let check = await run("iptables", rule.check) else { return "there is no program iptables" }
            if check.status.isSuccess { continue }
            // The chain may be there without the rule, and making it again fails then: the next command tells.
            if let chain = rule.newChain { _ = await run("iptables", chain) }
            if let problem = await failure(of: "iptables", rule.add) { return problem }
        }
        return nil
    }

    /// Takes rules and address away again.
    ///
    /// - Returns: what went wrong first, in one sentence; the rest is taken away all the same.
    package func remove() async -> String? {
        var problem: String?
        for arguments in Self.removals {
            let failure = await failure(of: "iptables", arguments)
            problem = problem ?? failure
        }
        let failure = await failure(of: "ip", ["address", "delete", "\(Self.address)/32", "dev", "lo"])
        return problem ?? failure
    }

    struct Rule: Hashable {
        var check: [String]
        var newChain: [String]?
        var add: [String]
    }

    private static let table = ["--wait", "5", "--table", "nat"]
    private static let hooks = ["PREROUTING", "OUTPUT"]

    static let removals: [[String]] =
        hooks.map { table + ["--delete", $0, "--jump", chain] }
        + ["--flush", "--delete-chain"].map { table + [$0, chain] }

    static let rules: [Rule] = {
        let target = [
            "--destination", "\(address)/32", "--protocol", "tcp", "--dport", "80", "--jump", "DNAT",
            "--to-destination", "\(address):\(port)",
        ]
        let translation = Rule(
            check: table + ["--check", chain] + target, newChain: table + ["--new-chain", chain],
            add: table + ["--append", chain] + target)
        return [translation]
            + hooks.map { hook in
                Rule(
                    check: table + ["--check", hook, "--jump", chain],
                    add: table + ["--insert", hook, "1", "--jump", chain])
            }
    }()

    private func failure(of program: String, _ arguments: [String]) async -> String? {
        guard let output = await run(program, arguments) else { return "there is no program \(program)" }
        guard !output.status.isSuccess else { return nil }
        let text = String(decoding: output.standardError, as: UTF8.self).split(separator: "\n").first ?? ""
        return "\(program) \(arguments.joined(separator: " ")): \(text.isEmpty ? "\(output.status)" : String(text))"
    }
}
