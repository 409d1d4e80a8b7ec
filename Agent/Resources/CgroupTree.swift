import FoundationEssentials
import Support

#if canImport(Glibc)
    import Glibc
#endif

/// Makes and removes the cgroup of a task.
protocol CgroupManager: Sendable {
    /// Sets the limits of one that is there already anew.
    ///
    /// - Returns: what the runtime is to take for the parent of containers.
    func make(_ task: String, _ limits: TaskLimits) async throws -> String

    /// To remove what is gone is no error.
    func remove(_ task: String) async throws
}

/// cgroups as directories: where the runtime makes them itself, nobody else has a say.
///
/// - Source: the kernel's documentation, cgroup-v1 and cgroup-v2; spec/ecs-runtime.md section 4.
struct CgroupTree: CgroupManager {
    enum Version: Sendable, Hashable { case v1, v2 }

    /// Something to write into a file of a cgroup. In version 1 each controller has a tree of its own.
    struct Setting: Sendable, Hashable {
        var controller: String
        var file: String
        var value: String
    }

    private static let parent = "ecs"

    let root: String
    let version: Version

    static func settings(_ limits: TaskLimits, _ version: Version) -> [Setting] {
        var settings: [Setting] = []
        switch (version, limits.cpu) {
        case (.v1, .quota(let quota, let period)):
            settings.append(Setting(controller: "cpu", file: "cpu.cfs_period_us", value: "\(period)"))
            settings.append(Setting(controller: "cpu", file: "cpu.cfs_quota_us", value: "\(quota)"))
        case (.v1, .shares(let shares)):
            settings.append(Setting(controller: "cpu", file: "cpu.shares", value: "\(shares)"))
        case (.v2, .quota(let quota, let period)):
            settings.append(Setting(controller: "cpu", file: "cpu.max", value: "\(quota) \(period)"))
        case (.v2, .shares(let shares)):
            let weight = TaskLimits.CPU.weight(shares: shares)
            settings.append(Setting(controller: "cpu", file: "cpu.weight", value: "\(weight)"))
        }
        if let bytes = limits.memoryBytes {
            if version == .v1 {
                // Before Linux 5.11 a limit holds for the cgroups below only if it is told to.
                settings.append(Setting(controller: "memory", file: "memory.use_hierarchy", value: "1"))
            }
            let file = version == .v1 ? "memory.limit_in_bytes" : "memory.max"
            settings.append(Setting(controller: "memory", file: file, value: "\(bytes)"))
        }
        if let pids = limits.pids {
            settings.append(Setting(controller: "pids", file: "pids.max", value: "\(pids)"))
        }
        return settings
    }

    func make(_ task: String, _ limits: TaskLimits) async throws -> String {
        let settings = Self.settings(limits, version)
        if version == .v2 { try enable(Set(settings.map(\.controller)).sorted()) }
        for setting in settings {
            let tree = version == .v1 ? "\(root)/\(setting.controller)" : root
            let directory = "\(tree)/\(Self.parent)/\(task)"
            try PrivateFile.makeDirectory(directory, permissions: 0o755)
            try write(setting.value, to: "\(directory)/\(setting.file)")
        }
        return "/\(Self.parent)/\(task)"
    }

    /// Lets cgroups two levels down have these controllers.
    private func enable(_ controllers: [String]) throws {
        try PrivateFile.makeDirectory("\(root)/\(Self.parent)", permissions: 0o755)
        let words = controllers.map { "+\($0)" }.joined(separator: " ")
        for directory in [root, "\(root)/\(Self.parent)"] {
            try write(words, to: "\(directory)/cgroup.subtree_control")
        }
    }

    /// From every controller's tree: the runtime makes the parent of a container in all of them.
    func remove(_ task: String) async throws {
        var trees = [root]
        if version == .v1 {
            trees += try FileManager.default.contentsOfDirectory(atPath: root).map { "\(root)/\($0)" }
        }
        for tree in trees { try removeTree("\(tree)/\(Self.parent)/\(task)") }
    }

    /// What a runtime that was killed left below goes too. A cgroup in which something runs stays, with an error.
    private func removeTree(_ directory: String) throws {
        if rmdir(directory) == 0 || errno == ENOENT || errno == ENOTDIR { return }
        // Directories are all that can be taken out of a cgroup; its files are the kernel's.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            let path = "\(directory)/\(name)"
            var isDirectory = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory {
                try removeTree(path)
            }
        }
        guard rmdir(directory) == 0 || errno == ENOENT else { throw FileError("remove the cgroup", directory, errno) }
    }

    private func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError("write \(text) to", path, errno) }
        defer { close(descriptor) }
        // The kernel takes a setting as one write.
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw FileError("write \(text) to", path, errno)
        }
    }
}
