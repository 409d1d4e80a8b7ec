/// What a runtime knows of a container beyond what the agent remembers: the task metadata endpoints show it.
package struct ContainerDetails: Sendable, Hashable {
    package struct Mount: Sendable, Hashable {
        /// The runtime's name of the volume; nil for a directory of the host.
        package var volumeName: String?
        package var source: String
        package var destination: String

        package init(volumeName: String? = nil, source: String, destination: String) {
            self.volumeName = volumeName
            self.source = source
            self.destination = destination
        }
    }

    /// The last run of the container's health check.
    package struct Probe: Sendable, Hashable {
        package var exitCode: Int?
        package var output: String?

        package init(exitCode: Int? = nil, output: String? = nil) {
            self.exitCode = exitCode
            self.output = output
        }
    }

    package var id: String
    /// `sha256:` and digits.
    package var imageID: String
    package var logDriver: String?
    package var ipv4Addresses: [String]
    package var ipv6Addresses: [String]
    package var mounts: [Mount]
    /// Nil without a health check, and before it has run.
    package var lastProbe: Probe?

    package init(
        id: String, imageID: String, logDriver: String? = nil, ipv4Addresses: [String] = [],
        ipv6Addresses: [String] = [], mounts: [Mount] = [], lastProbe: Probe? = nil
    ) {
        self.id = id
        self.imageID = imageID
        self.logDriver = logDriver
        self.ipv4Addresses = ipv4Addresses
        self.ipv6Addresses = ipv6Addresses
        self.mounts = mounts
        self.lastProbe = lastProbe
    }
}

/// Whoever can tell of containers in detail: the runtime.
package protocol ContainerInspector: Sendable {
    /// The details of those of `ids` that exist.
    func details(ids: [String]) async throws(RuntimeError) -> [ContainerDetails]
}
