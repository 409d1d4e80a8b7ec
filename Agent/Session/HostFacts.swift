import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// What a Linux host is and has.
package struct HostFacts: Sendable, Hashable {
    /// Processors that are online.
    package var processorCount: Int
    /// The kernel's MemTotal.
    package var memoryMiB: Int
    /// `x86_64` or `arm64`: ECS's words.
    package var architecture: String

    package init(processorCount: Int, memoryMiB: Int, architecture: String) {
        self.processorCount = processorCount
        self.memoryMiB = memoryMiB
        self.architecture = architecture
    }

    /// - Throws: if `/proc/meminfo` cannot be read.
    package static func read() throws -> HostFacts {
        // Files under /proc have no size to read by: it is read to its end.
        let text = String(decoding: try Data(contentsOf: URL(filePath: "/proc/meminfo")), as: UTF8.self)
        guard let memory = memoryMiB(meminfo: text) else {
            throw ControlPlaneError(code: .refused, message: "/proc/meminfo does not say how much memory there is")
        }
        return HostFacts(
            processorCount: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), memoryMiB: memory,
            architecture: architecture)
    }

    /// The value of `MemTotal:   16384000 kB` in MiB, rounded down.
    package static func memoryMiB(meminfo: String) -> Int? {
        for line in meminfo.split(separator: "\n") where line.hasPrefix("MemTotal:") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[2] == "kB", let kibibytes = Int(words[1]) else { return nil }
            return kibibytes / 1024
        }
        return nil
    }

    private static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "x86_64"
        #endif
    }

    /// The attributes that a host has without anyone setting them.
    ///
    /// - Parameters:
    ///   - apiVersion: the newest version of docker's API that the runtime speaks. A `docker-remote-api` capability says
    ///     that the engine can do what that version brought, so an engine has all up to its newest, also those whose
    ///     requests it no longer takes.
    ///   - loggingDrivers: those that a task may use here.
    ///   - features: what tasks may use here that ECS names after `com.amazonaws.ecs.capability.`, such as
    ///     `privileged-container` and `task-iam-role`.
    ///   - capabilities: what else this host has, as ECS names it after `ecs.capability.`.
    /// - Source: spec/ecs-runtime.md section 8, "Attributes".
    package static func attributes(
        architecture: String, apiVersion: String, loggingDrivers: [String], features: [String] = [],
        capabilities: [String], availabilityZone: String?
    ) -> [InstanceRegistration.Attribute] {
        var attributes: [InstanceRegistration.Attribute] = [
            .init("ecs.os-type", "linux"), .init("ecs.os-family", "LINUX"), .init("ecs.cpu-architecture", architecture),
        ]
        attributes += (self.capabilities + capabilities).map { .init("ecs.capability.\($0)") }
        if let availabilityZone { attributes.append(.init("ecs.availability-zone", availabilityZone)) }
        if let newest = minor(apiVersion), newest >= oldestCapability {
            attributes += (oldestCapability...newest).map {
                .init("com.amazonaws.ecs.capability.docker-remote-api.1.\($0)")
            }
        }
        attributes += loggingDrivers.map { .init("com.amazonaws.ecs.capability.logging-driver.\($0)") }
        attributes += features.map { .init("com.amazonaws.ecs.capability.\($0)") }
        return attributes
    }

    /// What this agent can do for a task whatever the engine: ECS asks for increased-task-cpu-limit where a task has more
    /// than 10 vCPUs.
    private static let capabilities = [
        "container-ordering", "container-restart-policy", "increased-task-cpu-limit",
        "private-registry-authentication.secretsmanager", "secrets.asm.environment-variables",
        "secrets.ssm.environment-variables",
    ]

    /// The oldest version that task definitions ask for is 1.17.
    private static let oldestCapability = 17

    private static func minor(_ version: String) -> Int? {
        let parts = version.split(separator: ".")
        return parts.count == 2 && parts[0] == "1" ? Int(parts[1]) : nil
    }
}
