/// How tasks get what they need beside their containers. The names in brackets are the agent's settings.
///
/// - Source: spec/ecs-runtime.md section 7.
package struct ResourceConfiguration: Sendable, Hashable {
    /// Whether a task's own CPU and memory are enforced (ECS_ENABLE_TASK_CPU_MEM_LIMIT).
    package var limitsTasks = true
    /// Where the kernel's cgroups are mounted (ECS_CGROUP_PATH).
    package var cgroupRoot = "/sys/fs/cgroup"
    /// Over which a task's CPU is counted (ECS_CGROUP_CPU_PERIOD).
    package var cpuPeriodMicroseconds = 100_000
    /// Processes and threads that a task may have; nil is no limit (ECS_TASK_PIDS_LIMIT).
    package var pidsLimit: Int?
    /// Whether a shared volume that is there must have the definition's driver, options and labels, and not just its
    /// name (ECS_SHARED_VOLUME_MATCH_FULL_CONFIG).
    package var matchesSharedVolumesFully = false
    /// The only directory that environment files of the host are read from (STEVEDORE_ENVIRONMENT_FILES_DIR).
    package var environmentFilesDirectory = "/etc/ecs/env"

    package init() {}
}
