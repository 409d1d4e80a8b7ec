/// A task as its metadata endpoints show it. Members have the names of the wire; nil is left out.
///
/// - Source: ECS Developer Guide, "Task metadata endpoint version 4"; spec/ecs-runtime.md section 6.2.
struct TaskDocument: Encodable, Hashable {
    struct Limits: Encodable, Hashable {
        /// A task's in vCPUs, a container's in units of 1024 a vCPU.
        var CPU: Double?
        /// MiB.
        var Memory: Int?
    }

    /// The cluster's short name, as on EC2.
    var Cluster: String
    var TaskARN: String
    var Family: String
    var Revision: String
    /// Version 4 only.
    var ServiceName: String?
    var DesiredStatus: String
    var KnownStatus: String
    var Containers: [ContainerDocument]
    var Limits: Limits?
    // RFC 3339.
    var PullStartedAt: String?
    var PullStoppedAt: String?
    var ExecutionStoppedAt: String?
    var AvailabilityZone: String?
    /// Version 4, network mode awsvpc.
    var VPCID: String?
    /// With tags only.
    var TaskTags: [String: String]?
    var LaunchType: String?
}

/// A container of a task.
struct ContainerDocument: Encodable, Hashable {
    struct Port: Encodable, Hashable {
        var ContainerPort: Int
        /// `Protocol`, which is no name for a member in Swift.
        var transport: String
        var HostPort: Int?
        var HostIp: String?

        enum CodingKeys: String, CodingKey {
            case ContainerPort, HostPort, HostIp
            case transport = "Protocol"
        }
    }

    struct Health: Encodable, Hashable {
        var status: String
        var statusSince: String?
        var exitCode: Int?
        var output: String?
    }

    struct Volume: Encodable, Hashable {
        var DockerName: String?
        var Source: String
        var Destination: String
    }

    var DockerId: String
    var Name: String
    var DockerName: String
    var Image: String
    var ImageID: String
    var Ports: [Port]?
    var Labels: [String: String]
    var DesiredStatus: String
    var KnownStatus: String
    var ExitCode: Int?
    var Limits: TaskDocument.Limits
    // RFC 3339.
    var CreatedAt: String?
    var StartedAt: String?
    var FinishedAt: String?
    /// `NORMAL`; what the agent adds for itself is not shown.
    var type = "NORMAL"
    var Networks: [NetworkDocument]?
    var Health: Health?
    var Volumes: [Volume]?
    var LogDriver: String?
    var LogOptions: [String: String]?
    var ContainerARN: String?
    /// Version 4, for containers with a restart policy.
    var RestartCount: Int?

    enum CodingKeys: String, CodingKey {
        case DockerId, Name, DockerName, Image, ImageID, Ports, Labels, DesiredStatus, KnownStatus, ExitCode, Limits
        case CreatedAt, StartedAt, FinishedAt
        case type = "Type"
        case Networks, Health, Volumes, LogDriver, LogOptions, ContainerARN, RestartCount
    }
}

/// A network that a container is in.
struct NetworkDocument: Encodable, Hashable {
    var NetworkMode: String
    var IPv4Addresses: [String]?
    var IPv6Addresses: [String]?
    // Version 4, network mode awsvpc.
    var AttachmentIndex: Int?
    var MACAddress: String?
    var IPv4SubnetCIDRBlock: String?
    var PrivateDNSName: String?
}
