import AgentProtocol
import Foundation

/// A condition that real concurrency makes true sooner or later; false if that takes longer than a test may.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        await Task.yield()
    }
    return false
}

let startOfTime = Date(timeIntervalSince1970: 1_800_000_000)

func taskArn(_ id: String) -> String { "arn:aws:ecs:us-east-1:123456789012:task/default/\(id)" }

func container(
    _ name: String, image: String = "box", essential: Bool = true, ports: [PortBinding] = [], stopTimeout: Int? = nil
) -> ContainerSpecification {
    ContainerSpecification(
        name: name, image: image, isEssential: essential, portBindings: ports, stopTimeoutSeconds: stopTimeout)
}

func port(_ host: Int, dynamic: Bool = false) -> PortBinding {
    PortBinding(containerPort: 80, hostPort: host, transportProtocol: .tcp, isDynamic: dynamic)
}

func assignment(
    _ id: String = "1", _ containers: [ContainerSpecification] = [container("web")],
    desired: TaskAssignment.DesiredStatus = .running, network: TaskAssignment.NetworkMode = .bridge
) -> TaskAssignment {
    TaskAssignment(
        taskArn: taskArn(id), cluster: "default", family: "app", revision: 3, desiredStatus: desired,
        networkMode: network, containers: containers)
}

/// A generator that gives the same numbers in every run with the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
