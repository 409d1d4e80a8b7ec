import Glibc
import Placement

// Times the placement core and prints a line of JSON for each figure, beside a naive scan of the same cluster:
// `stevedore-placement-benchmark [WORD]` times the shapes whose names have the word.

/// Processor time of this thread, in seconds: what the work costs, whoever else uses the machine.
private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func printRow(_ name: String, _ value: Double, _ unit: String, reference: Double? = nil) {
    let beside = reference.map { ", \"reference\": \($0), \"of\": \"naive scan\"" } ?? ""
    print("{\"name\": \"\(name)\", \"value\": \(value), \"unit\": \"\(unit)\"\(beside)}")
}

private func naivePerSecond(_ shape: Shape) -> Double {
    var scan = NaiveScan(shape)
    var count = 0
    let start = processorTime()
    while processorTime() - start < 0.3 {
        for _ in 0..<10 { scan.place() }
        count += 10
    }
    return Double(count) / (processorTime() - start)
}

private func measure(_ shape: Shape) {
    var run = Run(shape)
    // Pools are made by the first requests.
    for _ in 0..<min(100, shape.count / shape.tasksPerCall / 10) { run.call() }
    let before = run.placed
    let callCount = shape.count / shape.tasksPerCall
    let timedCount = callCount / 10
    let start = processorTime()
    for _ in timedCount..<callCount { run.call() }
    let seconds = processorTime() - start
    let counted = run.placed - before
    // By themselves, for asking the time takes about as long as placing a task.
    var calls: [Double] = []
    calls.reserveCapacity(timedCount)
    for _ in 0..<timedCount {
        let called = processorTime()
        run.call()
        calls.append(processorTime() - called)
    }
    calls.sort()
    let name = "placement: \(shape.name)"
    printRow(name, Double(counted) / seconds, "tasks/s", reference: naivePerSecond(shape))
    let slowest = calls[Int(Double(calls.count - 1) * 0.99)] * 1e6
    printRow("\(name), p99 of a call of \(shape.tasksPerCall)", slowest, "µs")
    if run.placed - before < callCount * shape.tasksPerCall {
        printRow("\(name), tasks without a host", Double(callCount * shape.tasksPerCall - run.placed + before), "tasks")
    }
}

/// The shapes of SwarmKit's own scheduler benchmark: so many tasks of one service on so many empty hosts.
private func measureLikeSwarmKit(hosts: Int, tasks: Int) {
    let shape = Shape(
        name: "SwarmKit's \(hosts) nodes, \(tasks) tasks", strategies: [.spread(.instance)], hostCount: hosts,
        tasksPerCall: tasks, groupCount: 1)
    var run = Run(shape)
    let start = processorTime()
    run.call()
    let seconds = processorTime() - start
    precondition(run.placed == tasks, "every task has a host")
    printRow(
        "placement: \(shape.name)", Double(tasks) / seconds, "tasks/s", reference: naivePerSecond(shape))
}

private func measureExplanation(_ name: String, fill: Double, _ constraints: [PlacementConstraint] = []) {
    var run = Run(Shape(name: "", strategies: .runTaskDefault, fill: fill), measuring: constraints)
    run.call()
    let start = processorTime()
    for _ in 0..<100 { run.call() }
    precondition(run.placed == 0, "there is no host for it")
    printRow("placement: a refusal explained, 10,000 hosts, \(name)", (processorTime() - start) * 1e4, "µs")
}

/// The first request of a kind makes its pool, in the transaction that it is part of.
private func measureFirstUse(_ constraint: PlacementConstraint, hosts: Int) {
    let shape = Shape(
        name: "", strategies: [.spread(.availabilityZone), .binpack(.memory)], hostCount: hosts, tasksPerCall: 1)
    var run = Run(shape, measuring: [constraint])
    let start = processorTime()
    run.call()
    printRow("placement: first use of an expression, \(hosts) hosts", (processorTime() - start) * 1e3, "ms")
}

private let word = CommandLine.arguments.dropFirst().first ?? ""
for shape in try Shape.all() where word.isEmpty || shape.name.contains(word) { measure(shape) }
if word.isEmpty || word == "swarmkit" {
    for (hosts, tasks) in [(1000, 1000), (1000, 10_000), (100_000, 1000)] {
        measureLikeSwarmKit(hosts: hosts, tasks: tasks)
    }
}
private let member = try Shape.member
if word.isEmpty || word == "explanation" {
    measureExplanation("full", fill: 1)
    measureExplanation(
        "memberOf", fill: 0, [.memberOf(try ClusterExpression("attribute:stack == test and attribute:rack == r1"))])
}
if word.isEmpty || word == "first" { for hosts in [10_000, 100_000] { measureFirstUse(member, hosts: hosts) } }
