import Glibc

/// RunTask over and over, and which tasks were acknowledged.
final class Launches {
    private let loop: EventLoop
    private let requests: SignedRequests
    private let pool: RequestPool
    private let cluster: String
    /// Last part of the ARN of each acknowledged task, as two words.
    private(set) var acknowledged: [SIMD2<UInt64>] = []
    private(set) var failures = 0
    private var number = 0

    init(loop: EventLoop, requests: SignedRequests, pool: RequestPool, cluster: String) {
        self.loop = loop
        self.requests = requests
        self.pool = pool
        self.cluster = cluster
    }

    /// A request for ten tasks, of 2 KiB; no two are the same.
    private func body() -> [UInt8] {
        number += 1
        var text =
            #"{"cluster":"\#(cluster)","taskDefinition":"load:1","count":10,"startedBy":"load-\#(number % 100)","#
            + #""tags":[{"key":"team","value":"load"},{"key":"cost-centre","value":"\#(number % 17)"}],"#
            + #""overrides":{"containerOverrides":[{"name":"main","environment":["#
            + #"{"name":"REQUEST","value":"\#(number)"}"#
        var variable = 0
        while text.utf8.count < 1_950 {
            variable += 1
            text += #",{"name":"VARIABLE_\#(variable)","value":"\#(String(repeating: "v", count: 64))"}"#
        }
        text += "]}]}}"
        return Array((text + String(repeating: " ", count: max(0, 2_048 - text.utf8.count))).utf8)
    }

    /// Sends so many requests, at the rate (each at its time, whether or not earlier ones were answered) or, for nil, as
    /// fast as `inFlight` at a time are answered.
    func run(count: Int, ratePerSecond: Double?, inFlight: Int, _ done: @escaping (Measured) -> Void) {
        var measured = Measured()
        let started = EventLoop.now()
        let failuresBefore = failures
        var sent = 0
        var answered = 0
        func send(due: UInt64) {
            sent += 1
            let request = requests.operation("RunTask", body())
            pool.send(request) { status, body in
                let now = EventLoop.now()
                answered += 1
                measured.add(latency: now - due, at: now - started, weight: self.take(status, body))
                if answered == count {
                    measured.seconds = Double(now - started) / 1e9
                    measured.failures = self.failures - failuresBefore
                    return done(measured)
                }
                if ratePerSecond == nil, sent < count { send(due: EventLoop.now()) }
            }
        }
        guard let rate = ratePerSecond else {
            for _ in 0..<min(inFlight, count) { send(due: EventLoop.now()) }
            return
        }
        pace(loop, count: count, rate: rate) { send(due: $0) }
    }

    /// - Returns: how many tasks were acknowledged.
    private func take(_ status: Int, _ body: ArraySlice<UInt8>) -> Int {
        let before = acknowledged.count
        guard status == 200 else {
            if failures < 3 { warn("RunTask: \(status) \(String(decoding: body.prefix(300), as: UTF8.self))") }
            failures += 1
            return 0
        }
        var scanner = MessageScanner(body)
        scanner.members { name, scanner in
            switch name {
            case "tasks":
                scanner.elements { scanner in
                    scanner.members { name, scanner in
                        guard name == "taskArn" else { return scanner.skip() }
                        acknowledged.append(identifier(scanner.string()))
                    }
                }
            case "failures":
                scanner.elements { scanner in
                    scanner.skip()
                    failures += 1
                    if failures < 3 { warn("RunTask: \(String(decoding: body.prefix(600), as: UTF8.self))") }
                }
            default: scanner.skip()
            }
        }
        return acknowledged.count - before
    }

    // MARK: Nothing acknowledged is lost

    /// Lists all tasks and looks for those that were acknowledged.
    func verify(_ done: @escaping (_ listed: Int, _ missing: Int) -> Void) {
        var listed = Set<SIMD2<UInt64>>(minimumCapacity: acknowledged.count)
        func page(_ token: String?) {
            let member = token.map { #","nextToken":"\#($0)""# } ?? ""
            let body = #"{"cluster":"\#(cluster)","maxResults":100\#(member)}"#
            pool.send(requests.operation("ListTasks", Array(body.utf8))) { status, body in
                guard status == 200 else { fatal("ListTasks: \(status) \(String(decoding: body, as: UTF8.self))") }
                var next: String?
                var scanner = MessageScanner(body)
                scanner.members { name, scanner in
                    switch name {
                    case "taskArns": scanner.elements { listed.insert(identifier($0.string())) }
                    case "nextToken": next = scanner.string()
                    default: scanner.skip()
                    }
                }
                if let next { return page(next) }
                done(listed.count, self.acknowledged.count { !listed.contains($0) })
            }
        }
        page(nil)
    }
}

/// Latencies, and how the rate went over time.
struct Measured {
    private var latencies: [UInt32] = []
    private var moments: [(UInt64, Int)] = []
    var seconds = 0.0
    var failures = 0

    mutating func add(latency: UInt64, at moment: UInt64, weight: Int) {
        latencies.append(UInt32(clamping: latency / 1000))
        moments.append((moment, weight))
    }

    var tasks: Int { moments.reduce(0) { $0 + $1.1 } }

    /// Microseconds.
    func percentile(_ share: Double) -> Int {
        let sorted = latencies.sorted()
        return sorted.isEmpty ? 0 : Int(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))])
    }

    /// Tasks a second of the first and of the last tenth of the tasks.
    var tenths: (first: Double, last: Double) {
        let count = moments.count / 10
        guard count > 1 else { return (0, 0) }
        func rate(_ part: ArraySlice<(UInt64, Int)>, since: UInt64) -> Double {
            Double(part.reduce(0) { $0 + $1.1 }) / (Double((part.last?.0 ?? 0) - since) / 1e9)
        }
        return (
            rate(moments.prefix(count), since: 0),
            rate(moments.suffix(count), since: moments[moments.count - count - 1].0)
        )
    }

    var json: String {
        #""tasks":\#(tasks),"requests":\#(latencies.count),"seconds":\#(seconds),"failures":\#(failures),"#
            + #""p50":\#(percentile(0.5)),"p99":\#(percentile(0.99)),"p999":\#(percentile(0.999)),"#
            + #""firstTenth":\#(tenths.first),"lastTenth":\#(tenths.last)"#
    }
}

/// Calls `send` at each moment of a steady rate, with that moment.
func pace(_ loop: EventLoop, count: Int, rate: Double, _ send: @escaping (UInt64) -> Void) {
    let started = EventLoop.now()
    var sent = 0
    func moment(_ number: Int) -> UInt64 { started + UInt64(Double(number) * 1e9 / rate) }
    func tick() {
        let now = EventLoop.now()
        while sent < count, moment(sent) <= now {
            send(moment(sent))
            sent += 1
        }
        if sent < count { loop.at(moment(sent), tick) }
    }
    tick()
}

/// The 32 hexadecimal digits that end an ARN.
func identifier(_ arn: String) -> SIMD2<UInt64> {
    let digits = arn.suffix(32)
    return SIMD2(UInt64(digits.prefix(16), radix: 16) ?? 0, UInt64(digits.suffix(16), radix: 16) ?? 0)
}
