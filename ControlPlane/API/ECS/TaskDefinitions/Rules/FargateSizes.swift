/// The pairs of task CPU and memory that Fargate runs.
///
/// - Source: ECS core rules, 7.2; ECS Developer Guide, "Task CPU and memory" for Fargate.
enum FargateSizes {
    struct Row: Sendable {
        let cpuUnits: Int
        let memoryMiB: [Int]
        let isForWindows: Bool

        init(_ cpuUnits: Int, _ memoryMiB: [Int], isForWindows: Bool = false) {
            self.cpuUnits = cpuUnits
            self.memoryMiB = memoryMiB
            self.isForWindows = isForWindows
        }
    }

    static let table: [Row] = [
        Row(256, [512, 1024, 2048]),
        Row(512, steps(from: 1024, to: 4096, by: 1024)),
        Row(1024, steps(from: 2048, to: 8192, by: 1024), isForWindows: true),
        Row(2048, steps(from: 4096, to: 16_384, by: 1024), isForWindows: true),
        Row(4096, steps(from: 8192, to: 30_720, by: 1024), isForWindows: true),
        Row(8192, steps(from: 16_384, to: 61_440, by: 4096)),
        Row(16_384, steps(from: 32_768, to: 122_880, by: 8192)),
        Row(32_768, [61_440, 122_880, 249_856]),
    ]

    static func has(cpuUnits: Int, memoryMiB: Int, isWindows: Bool) -> Bool {
        table.contains { row in
            row.cpuUnits == cpuUnits && row.memoryMiB.contains(memoryMiB) && (row.isForWindows || !isWindows)
        }
    }

    private static func steps(from least: Int, to most: Int, by step: Int) -> [Int] {
        Array(stride(from: least, through: most, by: step))
    }
}
