import AgentRuntime
import Support

#if canImport(Glibc)
    import Glibc
#endif

/// What a host needs so that its tasks' packets pass: the kernel forwards them, and its packet filter lets them
/// through. What leaves the VPC leaves with the host's own address.
///
/// The rules are in chains of our own, made when the host gets its first task and taken away with its last.
///
/// - Source: iptables(8). The jump from FORWARD is its last rule: what others forbid stays forbidden, and what would
///   meet the policy, which docker sets to DROP, passes.
actor HostForwarding {
    private static let chains = [
        (table: "filter", parent: "FORWARD", chain: "STEVEDORE-FORWARD"),
        (table: "nat", parent: "POSTROUTING", chain: "STEVEDORE-POSTROUTING"),
    ]
    private static let switchPath = "/proc/sys/net/ipv4/ip_forward"

    private let commands: any HostCommands
    private let turns = WorkSlots(1)
    private var isReady = false

    init(commands: any HostCommands) {
        self.commands = commands
    }

    /// Makes what is missing, unless an earlier call has.
    func ensure(vpc: IPv4Network) async throws(HostCommandError) {
        if isReady { return }
        try await inTurn { forwarding throws(HostCommandError) in
            if await forwarding.isReady { return }
            try await forwarding.putRules(vpc)
        }
    }

    /// Makes what is missing, also what somebody has taken away since an earlier call.
    func make(vpc: IPv4Network) async throws(HostCommandError) {
        try await inTurn { forwarding throws(HostCommandError) in try await forwarding.putRules(vpc) }
    }

    /// Takes the rules away if `isUnused` still says so when it is its turn.
    func remove(if isUnused: @Sendable () async -> Bool) async throws(HostCommandError) {
        try await inTurn { forwarding throws(HostCommandError) in
            guard await isUnused() else { return }
            try await forwarding.takeAway()
        }
    }

    private func inTurn(
        _ body: (HostForwarding) async throws(HostCommandError) -> Void
    ) async throws(HostCommandError) {
        let result = await turns.run { () async -> Result<Void, HostCommandError> in
            do throws(HostCommandError) {
                return .success(try await body(self))
            } catch {
                return .failure(error)
            }
        }
        guard let result else { throw HostCommandError(message: "it was no longer wanted") }
        try result.get()
    }

    private func putRules(_ vpc: IPv4Network) async throws(HostCommandError) {
        try switchOn()
        // Naming a chain makes it, or empties it.
        let rules = """
            *filter
            :STEVEDORE-FORWARD - [0:0]
            -A STEVEDORE-FORWARD -s \(vpc) -j ACCEPT
            -A STEVEDORE-FORWARD -d \(vpc) -j ACCEPT
            COMMIT
            *nat
            :STEVEDORE-POSTROUTING - [0:0]
            -A STEVEDORE-POSTROUTING -s \(vpc) ! -d \(vpc) -j MASQUERADE
            COMMIT

            """
        _ = try await commands.run(
            "iptables-restore", ["--wait", "--noflush"], environment: [:], input: Array(rules.utf8))
        for (table, parent, chain) in Self.chains where await !hasJump(table, parent, chain) {
            try await commands.run("iptables", "--wait", "-t", table, "-A", parent, "-j", chain)
        }
        isReady = true
    }

    private func takeAway() async throws(HostCommandError) {
        isReady = false
        for (table, parent, chain) in Self.chains where await exists(table, chain) {
            while await hasJump(table, parent, chain) {
                try await commands.run("iptables", "--wait", "-t", table, "-D", parent, "-j", chain)
            }
            try await commands.run("iptables", "--wait", "-t", table, "-F", chain)
            try await commands.run("iptables", "--wait", "-t", table, "-X", chain)
        }
    }

    private func hasJump(_ table: String, _ parent: String, _ chain: String) async -> Bool {
        (try? await commands.run("iptables", "--wait", "-t", table, "-C", parent, "-j", chain)) != nil
    }

    private func exists(_ table: String, _ chain: String) async -> Bool {
        (try? await commands.run("iptables", "--wait", "-t", table, "-n", "-L", chain)) != nil
    }

    private func switchOn() throws(HostCommandError) {
        let file = open(Self.switchPath, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw HostCommandError(message: "open \(Self.switchPath): \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        guard write(file, "1\n", 2) == 2 else {
            throw HostCommandError(message: "write \(Self.switchPath): \(String(cString: strerror(errno)))")
        }
    }
}
