import Glibc

/// All simulated agents.
final class Fleet {
    let loop: EventLoop
    let port: UInt16
    let host: String
    let cluster: String
    let joinToken: String
    let pool: RequestPool
    let startDelaySeconds: Double
    let reportIntervalSeconds: Double
    let imageDigest = String(repeating: "0123456789abcdef", count: 4)
    var heartbeatSeconds = 10
    var assigned = 0
    var reported = 0
    private(set) var agents: [SimulatedAgent] = []
    private(set) var connectedCount = 0
    private(set) var refusals: [Refusal: Int] = [:]
    private var whenConnected: (count: Int, body: () -> Void)?

    init(
        loop: EventLoop, port: UInt16, cluster: String, joinToken: String, startDelaySeconds: Double,
        reportIntervalSeconds: Double, connections: Int
    ) {
        self.loop = loop
        self.port = port
        host = "127.0.0.1:\(port)"
        self.cluster = cluster
        self.joinToken = joinToken
        self.startDelaySeconds = startDelaySeconds
        self.reportIntervalSeconds = reportIntervalSeconds
        pool = RequestPool(loop: loop, port: port, connections: connections)
    }

    /// Registers so many agents and opens their streams.
    func start(_ count: Int, _ done: @escaping () -> Void) {
        let added = (0..<count).map { SimulatedAgent(fleet: self, number: agents.count + $0, loop: loop, port: port) }
        agents += added
        var next = 0
        let total = agents.count
        // So many at a time: opening all at once would only measure the listen queue.
        func advance() {
            guard next < added.count else { return }
            let agent = added[next]
            next += 1
            agent.register {
                agent.connect()
                advance()
            }
        }
        whenConnected = (total, done)
        for _ in 0..<min(64, count) { advance() }
    }

    func connected() {
        connectedCount += 1
        if let waiting = whenConnected, connectedCount >= waiting.count {
            whenConnected = nil
            waiting.body()
        }
    }

    func disconnected() { connectedCount -= 1 }

    func notify(connected count: Int, _ body: @escaping () -> Void) {
        if connectedCount >= count { body() } else { whenConnected = (count, body) }
    }

    /// What was refused, and with which status.
    struct Refusal: Hashable {
        enum Subject: String { case stream, report }
        var subject: Subject
        var status: Int
    }

    func refused(_ subject: Refusal.Subject, _ status: Int) {
        refusals[Refusal(subject: subject, status: status), default: 0] += 1
    }

    /// A host with room for a few thousand small tasks, in one of three zones.
    func registration(_ number: Int) -> String {
        let names =
            (17...44).map { "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)" }
            + ["ecs.capability.container-ordering"]
        let attributes = names.map { #"{"name":"\#($0)"}"# }
            .joined(separator: ",")
        let zone = ["a", "b", "c"][number % 3]
        return #"{"cluster":"\#(cluster)","totalResources":["#
            + #"{"name":"CPU","type":"INTEGER","integerValue":65536},"#
            + #"{"name":"MEMORY","type":"INTEGER","integerValue":262144},"#
            + #"{"name":"PORTS","type":"STRINGSET","stringSetValue":["22"]},"#
            + #"{"name":"PORTS_UDP","type":"STRINGSET","stringSetValue":[]}],"#
            + #""attributes":[\#(attributes),{"name":"ecs.availability-zone","value":"zone-\#(zone)"},"#
            + #"{"name":"ecs.os-type","value":"linux"},{"name":"ecs.cpu-architecture","value":"x86_64"}],"#
            + #""versionInfo":{"agentVersion":"1.0.0","dockerVersion":"DockerVersion: 20.10"}}"#
    }
}
