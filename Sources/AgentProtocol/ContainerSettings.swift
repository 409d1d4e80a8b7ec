/// What a container definition says that the runtime is told as it is: nothing in the agent depends on it.
///
/// - Source: API Reference, ContainerDefinition and LinuxParameters, whose names these are.
package struct ContainerSettings: Codable, Sendable, Hashable {
    package struct ExtraHost: Codable, Sendable, Hashable {
        package var hostname: String
        package var ipAddress: String

        package init(hostname: String, ipAddress: String) {
            self.hostname = hostname
            self.ipAddress = ipAddress
        }
    }

    package struct Ulimit: Codable, Sendable, Hashable {
        package var name: String
        package var softLimit: Int
        package var hardLimit: Int

        package init(name: String, softLimit: Int, hardLimit: Int) {
            self.name = name
            self.softLimit = softLimit
            self.hardLimit = hardLimit
        }
    }

    /// A kernel parameter of the container's namespaces (`systemControls`).
    package struct SystemControl: Codable, Sendable, Hashable {
        package var namespace: String
        package var value: String

        package init(namespace: String, value: String) {
            self.namespace = namespace
            self.value = value
        }
    }

    package struct Device: Codable, Sendable, Hashable {
        package enum Permission: String, Codable, Sendable, Hashable, CaseIterable {
            case read, write, mknod
        }

        package var hostPath: String
        /// Nil is the same as the host's.
        package var containerPath: String?
        /// Nil or empty is all of them.
        package var permissions: [Permission]?

        package init(hostPath: String, containerPath: String? = nil, permissions: [Permission]? = nil) {
            self.hostPath = hostPath
            self.containerPath = containerPath
            self.permissions = permissions
        }
    }

    package struct Tmpfs: Codable, Sendable, Hashable {
        package var containerPath: String
        package var sizeMiB: Int
        package var mountOptions: [String]?

        package init(containerPath: String, sizeMiB: Int, mountOptions: [String]? = nil) {
            self.containerPath = containerPath
            self.sizeMiB = sizeMiB
            self.mountOptions = mountOptions
        }
    }

    // Each nil where the definition has nothing; nil and false are one.
    package var hostname: String?
    /// `NAME` or `NAME:ALIAS` of other containers of the task.
    package var links: [String]?
    package var dnsServers: [String]?
    package var dnsSearchDomains: [String]?
    package var extraHosts: [ExtraHost]?
    package var disableNetworking: Bool?
    package var privileged: Bool?
    package var readonlyRootFilesystem: Bool?
    package var interactive: Bool?
    package var pseudoTerminal: Bool?
    package var dockerSecurityOptions: [String]?
    package var ulimits: [Ulimit]?
    package var systemControls: [SystemControl]?
    package var addedCapabilities: [String]?
    package var droppedCapabilities: [String]?
    package var devices: [Device]?
    package var initProcessEnabled: Bool?
    package var sharedMemorySizeMiB: Int?
    package var tmpfs: [Tmpfs]?
    /// MiB on top of the container's memory.
    package var maxSwapMiB: Int?
    /// 0 to 100.
    package var swappiness: Int?

    package init() {}
}

/// Where a container's output goes.
///
/// - Source: API Reference, LogConfiguration.
package struct LogConfiguration: Codable, Sendable, Hashable {
    package var logDriver: String
    package var options: [String: String]
    /// Options whose values are secrets: where each is kept, never what it says.
    package var secretOptions: [SecretReference]?

    package init(logDriver: String, options: [String: String] = [:], secretOptions: [SecretReference]? = nil) {
        self.logDriver = logDriver
        self.options = options
        self.secretOptions = secretOptions
    }
}

/// A name in a container that stands for a secret.
///
/// - Source: API Reference, Secret.
package struct SecretReference: Codable, Sendable, Hashable {
    package var name: String
    /// Where the secret is kept.
    package var valueFrom: String

    package init(name: String, valueFrom: String) {
        self.name = name
        self.valueFrom = valueFrom
    }
}
