import AgentEngine
import AgentProtocol
import AgentRuntime
import Support
import Synchronization
import Testing

@testable import AgentMetadata

/// `ip` and `iptables` as far as the agent uses them.
private final class FakeNetwork: Sendable {
    struct State {
        var addresses = ["127.0.0.1/8"]
        var chains: Set<String> = []
        var rules: [String: [String]] = [:]
        var missing: Set<String> = []
        var refuses: Set<String> = []
        var changes: [String] = []
    }

    let state = Mutex(State())

    var address: EndpointAddress { EndpointAddress(run: { self.run($0, $1) }) }

    func run(_ program: String, _ arguments: [String]) -> SubprocessOutput? {
        state.withLock { state in
            if state.missing.contains(program) { return nil }
            if program == "ip", arguments.contains("show") {
                let lines = state.addresses.map { "1: lo    inet \($0) scope host lo\\       valid_lft forever\n" }
                return Self.output(0, lines.joined())
            }
            let rule = arguments.drop { $0 != "nat" }.dropFirst()
            if rule.first == "--check" {
                let found = state.rules[rule.dropFirst().first ?? ""]?.contains(Self.text(rule.dropFirst(2))) ?? false
                return Self.output(found ? 0 : 1)
            }
            if state.refuses.contains(program) {
                return Self.output(2, error: "\(program): Operation not permitted\nmore")
            }
            state.changes.append(([program] + arguments).joined(separator: " "))
            if program == "ip" {
                if arguments[1] == "add" { state.addresses.append(arguments[2]) }
                if arguments[1] == "delete" { state.addresses.removeAll { $0 == arguments[2] } }
            } else if rule.first == "--new-chain" {
                guard state.chains.insert(rule.last ?? "").inserted else { return Self.output(1) }
            } else if rule.first == "--append" {
                state.rules[rule.dropFirst().first ?? "", default: []].append(Self.text(rule.dropFirst(2)))
            } else if rule.first == "--insert" {
                state.rules[rule.dropFirst().first ?? "", default: []].insert(Self.text(rule.dropFirst(3)), at: 0)
            } else if rule.first == "--delete" {
                state.rules[rule.dropFirst().first ?? ""]?.removeAll { $0 == Self.text(rule.dropFirst(2)) }
            } else if rule.first == "--flush" {
                state.rules[rule.last ?? ""] = nil
            } else if rule.first == "--delete-chain" {
                guard state.rules[rule.last ?? ""] == nil else { return Self.output(1, error: "not empty") }
                state.chains.remove(rule.last ?? "")
            }
            return Self.output(0)
        }
    }

    private static func text(_ words: ArraySlice<String>) -> String { words.joined(separator: " ") }

    private static func output(_ code: Int32, _ text: String = "", error: String = "") -> SubprocessOutput {
        SubprocessOutput(status: .exited(code), standardOutput: Array(text.utf8), standardError: Array(error.utf8))
    }
}

@Suite struct EndpointAddressTests {
    private static let translation =
        "--destination 169.254.170.2/32 --protocol tcp --dport 80 --jump DNAT --to-destination 169.254.170.2:51679"

    @Test func addressAndRulesAreMadeOnce() async {
        let network = FakeNetwork()
        for _ in 0..<3 {
            #expect(await network.address.addAddress() == nil)
            #expect(await network.address.addRules() == nil)
        }
        network.state.withLock { state in
            #expect(state.addresses == ["127.0.0.1/8", "169.254.170.2/32"])
            #expect(state.rules["STEVEDORE-ENDPOINTS"] == [Self.translation])
            #expect(state.rules["PREROUTING"] == ["--jump STEVEDORE-ENDPOINTS"])
            #expect(state.rules["OUTPUT"] == ["--jump STEVEDORE-ENDPOINTS"])
            #expect(state.changes.count == 5)
        }
    }

    /// A firewall that was loaded anew, or half of it.
    @Test func whatIsMissingIsMadeAgain() async {
        let network = FakeNetwork()
        #expect(await network.address.addRules() == nil)
        network.state.withLock { $0.rules["OUTPUT"] = [] }
        #expect(await network.address.addRules() == nil)
        network.state.withLock { state in
            #expect(state.rules["OUTPUT"] == ["--jump STEVEDORE-ENDPOINTS"])
            #expect(state.rules["PREROUTING"] == ["--jump STEVEDORE-ENDPOINTS"])
            state.rules["STEVEDORE-ENDPOINTS"] = []
        }
        #expect(await network.address.addRules() == nil)
        #expect(network.state.withLock { $0.rules["STEVEDORE-ENDPOINTS"] } == [Self.translation])
    }

    /// Ours is before docker's, whose rules take port 80 of every local address.
    @Test func oursComesFirst() async {
        let network = FakeNetwork()
        network.state.withLock { $0.rules["PREROUTING"] = ["--jump DOCKER"] }
        _ = await network.address.addRules()
        #expect(network.state.withLock { $0.rules["PREROUTING"] } == ["--jump STEVEDORE-ENDPOINTS", "--jump DOCKER"])
    }

    @Test func nothingIsLeft() async {
        let network = FakeNetwork()
        network.state.withLock { $0.rules["PREROUTING"] = ["--jump DOCKER"] }
        _ = await network.address.addAddress()
        _ = await network.address.addRules()
        #expect(await network.address.remove() == nil)
        network.state.withLock { state in
            #expect(state.addresses == ["127.0.0.1/8"])
            #expect(state.chains.isEmpty)
            #expect(state.rules == ["PREROUTING": ["--jump DOCKER"], "OUTPUT": []])
            state.refuses = ["iptables"]
        }
        #expect(await network.address.remove()?.hasSuffix("iptables: Operation not permitted") == true)
    }

    @Test func whatCannotBeHadIsSaid() async {
        let network = FakeNetwork()
        network.state.withLock { $0.refuses = ["ip", "iptables"] }
        #expect(
            await network.address.addAddress()
                == "ip address add 169.254.170.2/32 dev lo: ip: Operation not permitted")
        #expect(await network.address.addRules()?.hasSuffix("iptables: Operation not permitted") == true)
        network.state.withLock { $0.missing = ["ip", "iptables"] }
        #expect(await network.address.addAddress() == "there is no program ip that shows the addresses of lo")
        #expect(await network.address.addRules() == "there is no program iptables")
    }
}

@Suite struct EndpointVariablesTests {
    private func variables(
        isReachable: Bool = true, container index: Int = 0, _ change: (inout TaskAssignment) -> Void = { _ in }
    ) async throws -> [String: String] {
        var task = assignment("t1", [container("web"), container("side")])
        task.launchType = .ec2
        change(&task)
        let contribution = try await EndpointVariables(identity: endpointIdentity) { isReachable }
            .contribution(to: task.containers[index], of: task)
        #expect(contribution.defaults.isEmpty, "as in ECS, a definition cannot take their place")
        return Dictionary(contribution.overrides.map { ($0.name, $0.value) }) { $1 }
    }

    @Test func whereToAsk() async throws {
        let id = endpointIdentity.containerID(task: taskArn("t1"), container: "web")
        #expect(
            try await variables() == [
                "AWS_EXECUTION_ENV": "AWS_ECS_EC2",
                "ECS_CONTAINER_METADATA_URI": "http://169.254.170.2/v3/\(id)",
                "ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/\(id)",
            ])
        #expect(try await variables(container: 1)["ECS_CONTAINER_METADATA_URI"] != "http://169.254.170.2/v3/\(id)")
    }

    @Test func aRole() async throws {
        let found = try await variables { $0.taskRoleArn = "arn:aws:iam::1:role/r" }
        #expect(
            found["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
                == "/v2/credentials/\(endpointIdentity.credentialsID(task: taskArn("t1")))")
    }

    @Test func nothingThatLeadsNowhere() async throws {
        let role: (inout TaskAssignment) -> Void = { $0.taskRoleArn = "arn:aws:iam::1:role/r" }
        #expect(try await variables(isReachable: false, role) == ["AWS_EXECUTION_ENV": "AWS_ECS_EC2"])
        let none: (inout TaskAssignment) -> Void = { $0.networkMode = .none }
        #expect(try await variables(none) == ["AWS_EXECUTION_ENV": "AWS_ECS_EC2"])
        let disabled: (inout TaskAssignment) -> Void = { task in
            task.containers[0].settings = .init()
            task.containers[0].settings?.disableNetworking = true
        }
        #expect(try await variables(disabled) == ["AWS_EXECUTION_ENV": "AWS_ECS_EC2"])
    }
}
