/// DescribeTasks of one task and ListTasks of a page, in turn, at a steady rate.
final class Reads {
    private let loop: EventLoop
    private let requests: SignedRequests
    private let pool: RequestPool
    private let cluster: String

    init(loop: EventLoop, requests: SignedRequests, pool: RequestPool, cluster: String) {
        self.loop = loop
        self.requests = requests
        self.pool = pool
        self.cluster = cluster
    }

    /// - Parameter tasks: which to describe, in turn.
    func run(
        count: Int, ratePerSecond: Double, tasks: [SIMD2<UInt64>], _ done: @escaping (Measured) -> Void
    ) {
        var measured = Measured()
        let started = EventLoop.now()
        var number = 0
        var answered = 0
        pace(loop, count: count, rate: ratePerSecond) { due in
            number += 1
            let task = tasks[(number &* 7919) % tasks.count]
            let request =
                number % 10 == 0
                ? self.requests.operation("ListTasks", Array(#"{"cluster":"\#(self.cluster)","maxResults":10}"#.utf8))
                : self.requests.operation(
                    "DescribeTasks",
                    Array(#"{"cluster":"\#(self.cluster)","tasks":["\#(Self.hexadecimal(task))"]}"#.utf8))
            self.pool.send(request) { status, body in
                let now = EventLoop.now()
                answered += 1
                if status != 200 { measured.failures += 1 }
                measured.add(latency: now - due, at: now - started, weight: 1)
                if answered == count {
                    measured.seconds = Double(now - started) / 1e9
                    done(measured)
                }
            }
        }
    }

    private static func hexadecimal(_ task: SIMD2<UInt64>) -> String {
        [task.x, task.y].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
