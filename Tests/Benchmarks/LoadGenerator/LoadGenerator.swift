import Glibc

/// `stevedore-load-generator KEY=VALUE…`: simulated agents and API clients against a control plane, for Tests/bench.
///
/// Settings: `port`, `access-key`, `secret-key`, `region`, `join-token`, `cluster`, `start-delay` and `report-interval`
/// (seconds), `connections` (for the API), `report-connections`.
///
/// Then one command a line on standard input, each answered by one JSON object a line on standard output:
///
/// | command | does |
/// | --- | --- |
/// | `agents COUNT` | registers agents and opens their streams; answers when all are connected |
/// | `launch REQUESTS RATE\|max IN-FLIGHT` | RunTask of ten tasks |
/// | `settle` | waits until every acknowledged task was reported RUNNING |
/// | `read REQUESTS RATE` | DescribeTasks and ListTasks |
/// | `verify` | lists all tasks and counts acknowledged ones that are missing |
/// | `reconnected` | waits until all agents are connected |
@main
enum LoadGenerator {
    static func main() {
        var settings: [String: String] = [:]
        for argument in CommandLine.arguments.dropFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { fatal("not KEY=VALUE: \(argument)") }
            settings[String(parts[0])] = String(parts[1])
        }
        raiseFileLimit()
        let loop = EventLoop()
        loop.watch(0, Commands(loop: loop, settings: settings), output: false)
        loop.run()
    }

    private static func raiseFileLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

private final class Commands: Pollable {
    private let loop: EventLoop
    private let fleet: Fleet
    private let launches: Launches
    private let reads: Reads
    private var input: [UInt8] = []

    init(loop: EventLoop, settings: [String: String]) {
        self.loop = loop
        func text(_ name: String) -> String {
            guard let value = settings[name] else { fatal("\(name) is missing") }
            return value
        }
        guard let port = UInt16(text("port")) else { fatal("port is no number") }
        let cluster = text("cluster")
        fleet = Fleet(
            loop: loop, port: port, cluster: cluster, joinToken: text("join-token"),
            startDelaySeconds: Double(text("start-delay")) ?? 0.1,
            reportIntervalSeconds: Double(text("report-interval")) ?? 1,
            connections: Int(text("report-connections")) ?? 64)
        let requests = SignedRequests(
            accessKeyID: text("access-key"), secretAccessKey: text("secret-key"), region: text("region"),
            host: fleet.host)
        let pool = RequestPool(loop: loop, port: port, connections: Int(text("connections")) ?? 32)
        launches = Launches(loop: loop, requests: requests, pool: pool, cluster: cluster)
        reads = Reads(loop: loop, requests: requests, pool: pool, cluster: cluster)
    }

    func ready(_ events: UInt32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(0, &buffer, buffer.count)
        guard count > 0 else { exit(0) }
        input += buffer[..<count]
        while let end = input.firstIndex(of: 0x0A) {
            let words = String(decoding: input[..<end], as: UTF8.self).split(separator: " ").map { String($0) }
            input.removeFirst(end + 1)
            run(words)
        }
    }

    private func run(_ words: [String]) {
        let started = EventLoop.now()
        func seconds() -> Double { Double(EventLoop.now() - started) / 1e9 }
        func number(_ index: Int) -> Int { words.count > index ? Int(words[index]) ?? 0 : 0 }
        switch words.first {
        case "agents":
            fleet.start(number(1)) { self.answer(#""agents":\#(self.fleet.agents.count),"seconds":\#(seconds())"#) }
        case "launch":
            let reportedBefore = fleet.reported
            launches.run(count: number(1), ratePerSecond: Double(words[2]), inFlight: number(3)) { measured in
                self.answer(
                    measured.json
                        + #","running":\#(self.fleet.reported - reportedBefore),"reportBacklog":\#(self.fleet.pool.backlog)"#
                )
            }
        case "settle": settle(seconds)
        case "read":
            reads.run(count: number(1), ratePerSecond: Double(number(2)), tasks: launches.acknowledged) {
                self.answer($0.json)
            }
        case "verify":
            launches.verify { listed, missing in
                self.answer(
                    #""listed":\#(listed),"acknowledged":\#(self.launches.acknowledged.count),"missing":\#(missing),"#
                        + #""seconds":\#(seconds())"#)
            }
        case "reconnected":
            fleet.notify(connected: fleet.agents.count) {
                let refused = self.fleet.refusals.map { #""\#($0.subject) \#($0.status)":\#($1)"# }.joined(
                    separator: ",")
                self.answer(
                    #""connected":\#(self.fleet.connectedCount),"refused":{\#(refused)},"seconds":\#(seconds())"#)
            }
        default: fatal("unknown command \(words)")
        }
    }

    private func settle(_ seconds: @escaping () -> Double) {
        guard fleet.reported < launches.acknowledged.count, seconds() < 300 else {
            return answer(
                #""acknowledged":\#(launches.acknowledged.count),"running":\#(fleet.reported),"seconds":\#(seconds())"#)
        }
        loop.after(nanoseconds: 10_000_000) { self.settle(seconds) }
    }

    private func answer(_ members: String) {
        print("{\(members)}")
        fflush(nil)
    }
}

func warn(_ text: String) {
    let line = Array("load generator: \(text)\n".utf8)
    _ = write(2, line, line.count)
}

func fatal(_ text: String) -> Never {
    warn(text)
    exit(1)
}
