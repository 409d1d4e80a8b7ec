import AWSModels
import Testing

@Suite struct CPUAndMemoryRuleTests {
    static func badCPU(_ found: String) -> String {
        "Invalid 'cpu' setting for task. It must be a number of CPU units or of vCPUs, such as 256 or 0.25 vCPU; "
            + "found '\(found)'."
    }

    static func badMemory(_ found: String) -> String {
        "Invalid 'memory' setting for task. It must be a number of MiB from 6 on or of GB, such as 512 or 0.5 GB; "
            + "found '\(found)'."
    }

    static func taskRange(_ found: Int) -> String {
        "Invalid 'cpu' setting for task. It must be from 128 to 196608 CPU units; found \(found)."
    }

    static let cpuRange = "Invalid 'cpu' setting for container 'app'. It must be from 0 to 1048576 CPU units."

    static let cases: [RuleCase] = [
        .refused("a cpu of words", badCPU("one vCPU")) { $0.cpu = "one vCPU" },
        .refused("an empty cpu", badCPU("")) { $0.cpu = "" },
        .refused("no cpu at all", badCPU("0")) { $0.cpu = "0" },
        .accepted("a cpu in vCPUs") { $0.cpu = "1 vCPU" },
        .refused("too little cpu", taskRange(127)) { $0.cpu = "127" },
        .accepted("the least cpu") { $0.cpu = "128" },
        .refused("too much cpu", taskRange(196_609)) { $0.cpu = "196609" },
        .refused("too much cpu for EXTERNAL", taskRange(197_632)) {
            $0.become(.external)
            $0.cpu = "193 vCPU"
        },
        .accepted("the most cpu") { $0.cpu = "192 vCPU" },
        .refused("a memory in MB", badMemory("512MB")) { $0.memory = "512MB" },
        .refused("too little memory", badMemory("5")) { $0.memory = "5" },
        .accepted("a memory in GB") { $0.memory = "0.5 GB" },
        .refused("negative cpu of a container", cpuRange) { $0.app.cpu = -1 },
        .refused("too much cpu of a container", cpuRange) { $0.app.cpu = 1_048_577 },
        .accepted("any cpu of a container") { $0.app.cpu = 0 },
        .refused(
            "no memory",
            "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified."
        ) { $0.app.memory = nil },
        .accepted("memory of the task only") {
            $0.app.memory = nil
            $0.memory = "64"
        },
        .accepted("a reservation only") {
            $0.app.memory = nil
            $0.app.memoryReservation = 6
        },
        .refused("5 MiB", "Invalid 'memory' setting for container 'app'. It must be at least 6 MiB.") {
            $0.app.memory = 5
        },
        .refused(
            "a reservation of 5 MiB",
            "Invalid 'memoryReservation' setting for container 'app'. It must be at "
                + "least 6 MiB."
        ) { $0.app.memoryReservation = 5 },
        .refused(
            "more memory than there is",
            "Invalid 'memory' setting for container 'app'. It must be at least 6 MiB and at most 1073741824."
        ) { $0.app.memory = 1_073_741_825 },
        .refused(
            "less memory than reserved",
            "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'."
        ) { $0.app.memoryReservation = 65 },
        .accepted("as much memory as reserved") { $0.app.memoryReservation = 64 },
        .refused("more than the task", "The 'memory' setting for container 'app' is greater than for the task.") {
            $0.memory = "63"
        },
        .refused(
            "more reserved than the task",
            "The 'memoryReservation' setting for container 'app' is greater than for the task."
        ) {
            $0.memory = "63"
            $0.app.memory = nil
            $0.app.memoryReservation = 64
        },
        .accepted("as much as the task") { $0.memory = "64" },
        .refused(
            "more reserved in sum",
            "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'."
        ) {
            $0.memory = "100"
            $0.app.memoryReservation = 51
            $0.add("side") { $0.memoryReservation = 50 }
        },
        .accepted("the sum of the reservations is what the task has") {
            $0.memory = "100"
            $0.app.memoryReservation = 50
            $0.add("side") { $0.memoryReservation = 50 }
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
