/// What a runtime knows of a container beyond its state: what the task metadata endpoints show.
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

    /// How the container's health check sees it.
    package struct Health: Sendable, Hashable {
        /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
        package var status: String
        /// When its last probe ended: RFC 3339.
        package var lastProbe: String?
        package var exitCode: Int?
        package var output: String?

        package init(status: String, lastProbe: String? = nil, exitCode: Int? = nil, output: String? = nil) {
            self.status = status
            self.lastProbe = lastProbe
            self.exitCode = exitCode
            self.output = output
        }
    }

    package var id: String
    /// `sha256:` and digits.
    package var imageID: String
    // Times as the runtime writes them, RFC 3339 with up to nine digits of a second; nil for what has not happened.
    package var createdAt: String
    package var startedAt: String?
    package var finishedAt: String?
    package var restartCount: Int
    package var logDriver: String?
    package var ipv4Addresses: [String]
    package var ipv6Addresses: [String]
    package var mounts: [Mount]
    /// Nil without a health check.
    package var health: Health?

    package init(
        id: String, imageID: String, createdAt: String, startedAt: String? = nil, finishedAt: String? = nil,
        restartCount: Int = 0, logDriver: String? = nil, ipv4Addresses: [String] = [], ipv6Addresses: [String] = [],
        mounts: [Mount] = [], health: Health? = nil
    ) {
        self.id = id
        self.imageID = imageID
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.restartCount = restartCount
        self.logDriver = logDriver
        self.ipv4Addresses = ipv4Addresses
        self.ipv6Addresses = ipv6Addresses
        self.mounts = mounts
        self.health = health
    }
}

/// Whoever can tell of containers in detail: the runtime.
package protocol ContainerInspector: Sendable {
    /// The details of those of `ids` that exist.
    func details(ids: [String]) async throws(RuntimeError) -> [ContainerDetails]
}
