import Placement

/// A cluster on which requests of one shape are placed.
struct Run {
    private(set) var index = HostIndex()
    private var generator = SeededGenerator(seed: 1)
    private let shape: Shape
    private var requests: [PlacementRequest]
    private var next = 0
    private var oldest = 0
    private(set) var placed = 0

    /// - Parameter constraints: of the requests once the cluster is as full as the shape says.
    init(_ shape: Shape, measuring constraints: [PlacementConstraint]? = nil) {
        self.shape = shape
        requests = (0..<shape.groupCount).map { shape.request(group: $0) }
        for host in shape.hosts { index.upsert(host) }
        // At random, so that a cluster that is nearly full has its gaps everywhere.
        for group in requests.indices { requests[group].strategies = .runTaskDefault }
        for _ in 0..<Int(Double(shape.hostCount * shape.tasksPerHost) * shape.fill) / shape.tasksPerCall { call() }
        for group in requests.indices {
            requests[group].strategies = shape.strategies
            requests[group].constraints = constraints ?? shape.constraints
        }
        placed = 0
    }

    mutating func call() {
        let tasks = (next..<next + shape.tasksPerCall).map(Self.task)
        if shape.churns && placed > 0 {
            for number in oldest..<oldest + shape.tasksPerCall { index.release(Self.task(number)) }
            oldest += shape.tasksPerCall
        }
        let result = index.place(requests[next / shape.tasksPerCall % requests.count], tasks: tasks, using: &generator)
        placed += result.placements.count
        next += shape.tasksPerCall
    }

    private static func task(_ number: Int) -> TaskID {
        TaskID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number))
    }
}
