import Placement

/// An expression of the cluster query language beside a closure that says the same.
struct KnownExpression: Sendable {
    let text: String
    let selects: @Sendable (Host, ReferenceCluster) -> Bool

    private static func values(_ host: Host) -> [String: String] {
        host.attributes.reduce(into: [:]) { $0[$1.name] = $1.value ?? "" }
    }

    static let all: [KnownExpression] = [
        .init(text: "attribute:disk exists") { host, _ in values(host)["disk"] != nil },
        .init(text: "attribute:disk == ssd") { host, _ in values(host)["disk"] == "ssd" },
        .init(text: "attribute:rack =~ r[12]") { host, _ in ["r1", "r2"].contains(values(host)["rack"]) },
        .init(text: "not(attribute:gpu exists) or attribute:rack in [r1, r3]") { host, _ in
            values(host)["gpu"] == nil || ["r1", "r3"].contains(values(host)["rack"])
        },
        .init(text: "attribute:ecs.availability-zone != a") { host, _ in
            !host.availabilityZone.isEmpty && host.availabilityZone != "a"
        },
        .init(text: "task:group == service:web") { host, cluster in
            cluster.taskCount("service:web", on: host.id) > 0
        },
        .init(text: "not(task:group =~ service:.*)") { host, cluster in
            !cluster.counted(on: host.id).contains { $0.group.hasPrefix("service:") }
        },
        .init(text: "runningTasksCount < 2") { host, cluster in (cluster.runningTaskCounts[host.id] ?? 0) < 2 },
        .init(text: "agentVersion >= 1.5") { host, _ in host.agentVersion == "1.10.0" },
        .init(text: "registeredAt > 2020-01-01") { host, _ in host.registeredAtSeconds > 1_577_836_800 },
        .init(text: "ec2InstanceId in [e-0, e-1] and agentConnected == true") { host, _ in
            ["e-0", "e-1"].contains(host.ec2InstanceID) && host.isAgentConnected
        },
    ]
}
