import AWSModels

extension TaskDefinitionRule {
    /// Capabilities, devices, swap and memory file systems.
    ///
    /// - Unit: MiB for sizes.
    /// - Source: ECS core rules, 7.3; API Reference, LinuxParameters, KernelCapabilities, Device and Tmpfs.
    static let linuxParameters: [Self] = [
        .container("linuxParameters.capabilities") { container, _ in
            let given = container.linuxParameters?.capabilities
            return ((given?.add ?? []) + (given?.drop ?? [])).first { !capabilities.contains($0) }.map {
                "Unrecognized capability name \(RuleText.shown($0)). Names are those of Linux without CAP_, such as "
                    + "SYS_PTRACE."
            }
        },
        .container("linuxParameters.devices") { container, request in
            for device in container.linuxParameters?.devices ?? [] {
                let paths = [device.hostPath ?? ""] + (device.containerPath.map { [$0] } ?? [])
                if let path = paths.first(where: { !RuleText.isAbsolutePath($0, of: request) }) {
                    return linux("devices", of: container, "'\(RuleText.shown(path))' is not an absolute path.")
                }
                if let path = paths.first(where: hasSeparator) { return separator(path, "devices", of: container) }
            }
            return nil
        },
        .container("linuxParameters.sharedMemorySize") { container, _ in
            guard let size = container.linuxParameters?.sharedMemorySize, size < 1 else { return nil }
            return linux("sharedMemorySize", of: container, "It must be at least 1 MiB.")
        },
        .container("linuxParameters.maxSwap") { container, _ in
            guard let swap = container.linuxParameters?.maxSwap, swap < 0 else { return nil }
            return linux("maxSwap", of: container, "It must be 0 or a positive number of MiB.")
        },
        .container("linuxParameters.swappiness") { container, _ in
            guard let swappiness = container.linuxParameters?.swappiness, !(0...100).contains(swappiness) else {
                return nil
            }
            return linux("swappiness", of: container, "It must be from 0 to 100.")
        },
        .container("linuxParameters.tmpfs") { container, request in
            for tmpfs in container.linuxParameters?.tmpfs ?? [] {
                let path = tmpfs.containerPath ?? ""
                if !RuleText.isAbsolutePath(path, of: request) {
                    return linux("tmpfs", of: container, "'\(RuleText.shown(path))' is not an absolute path.")
                }
                if hasSeparator(path) { return separator(path, "tmpfs", of: container) }
                if (tmpfs.size ?? 0) < 1 { return linux("tmpfs", of: container, "The size must be at least 1 MiB.") }
                if let option = (tmpfs.mountOptions ?? []).first(where: { !isMountOption($0) }) {
                    return linux("tmpfs", of: container, "Unrecognized mount option \(RuleText.shown(option)).")
                }
            }
            return nil
        },
    ]

    private static func linux(_ field: String, of container: ECS.ContainerDefinition, _ what: String) -> String {
        "Invalid '\(field)' setting for container '\(container.shownName)'. \(what)"
    }

    /// On docker's command line a colon ends a path. Bytes are compared: to Swift one with an accent is no colon.
    private static func hasSeparator(_ path: String) -> Bool { path.utf8.contains(UInt8(ascii: ":")) }

    private static func separator(_ path: String, _ field: String, of container: ECS.ContainerDefinition) -> String {
        linux(field, of: container, "'\(RuleText.shown(path))' has a colon in it, which no path here can have.")
    }

    /// Options such as `mode` and `uid` take a value after `=`.
    private static func isMountOption(_ option: String) -> Bool {
        mountOptions.contains(String(option.prefix { $0 != "=" })) && RuleText.isPlainWord(option)
            && !option.contains(",")
    }

    private static let capabilities: Set<String> = [
        "ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER",
        "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD",
        "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID",
        "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM",
    ]

    private static let mountOptions: Set<String> = [
        "defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync",
        "remount", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime", "bind", "rbind", "unbindable",
        "runbindable", "private", "rprivate", "shared", "rshared", "slave", "rslave", "relatime", "norelatime",
        "strictatime", "nostrictatime", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol",
    ]
}
