import AgentResources
import Support

/// The settings of what tasks get beside their containers.
extension AgentConfiguration {
    static let resourceSettings: [Setting] = [
        .init(
            variable: "ECS_ENABLE_TASK_CPU_MEM_LIMIT", default: "true",
            help: "Whether the CPU and memory of a task as a whole are enforced: true or false."),
        .init(
            variable: "ECS_CGROUP_PATH", default: "/sys/fs/cgroup", help: "Where the kernel's cgroups are mounted."),
        .init(
            variable: "ECS_CGROUP_CPU_PERIOD", default: "100ms",
            help: "Over which a task's CPU is counted: 8ms to 100ms."),
        .init(
            variable: "ECS_TASK_PIDS_LIMIT", help: "Processes and threads that a task may have; no limit if not given."),
        .init(
            variable: "ECS_SHARED_VOLUME_MATCH_FULL_CONFIG", default: "false",
            help: "Whether a shared volume must have the definition's driver, options and labels: true or false."),
        .init(
            variable: "STEVEDORE_ENVIRONMENT_FILES_DIR", default: "/etc/ecs/env",
            help: "The only directory from which tasks may have file:// environment files."),
    ]

    static func resources(_ values: SettingValues) throws(ConfigurationError) -> ResourceConfiguration {
        func directory(_ name: String) throws(ConfigurationError) -> String? {
            try values.value(name, expected: "an absolute path") {
                $0.hasPrefix("/") && !$0.utf8.contains(0) ? $0 : nil
            }
        }
        var resources = ResourceConfiguration()
        resources.limitsTasks = try values.isTrue("ECS_ENABLE_TASK_CPU_MEM_LIMIT")
        resources.cgroupRoot = try directory("ECS_CGROUP_PATH") ?? resources.cgroupRoot
        // The range is the Amazon ECS agent's.
        resources.cpuPeriodMicroseconds =
            try values.value("ECS_CGROUP_CPU_PERIOD", expected: "a duration from 8ms to 100ms") { text in
                GoDuration.seconds(text).flatMap { (0.008...0.1).contains($0) ? Int(($0 * 1e6).rounded()) : nil }
            } ?? resources.cpuPeriodMicroseconds
        if values.text("ECS_TASK_PIDS_LIMIT")?.isEmpty == false {
            resources.pidsLimit = try values.value("ECS_TASK_PIDS_LIMIT", expected: "a number from 1 to 4194304") {
                Int($0).flatMap { (1...4_194_304).contains($0) ? $0 : nil }
            }
        }
        resources.matchesSharedVolumesFully = try values.isTrue("ECS_SHARED_VOLUME_MATCH_FULL_CONFIG")
        resources.environmentFilesDirectory =
            try directory("STEVEDORE_ENVIRONMENT_FILES_DIR") ?? resources.environmentFilesDirectory
        return resources
    }
}
