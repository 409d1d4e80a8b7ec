import AgentJournal
import FoundationEssentials

/// `/v1/metadata`. Members have the names of the wire.
///
/// - Source: ECS Developer Guide, "Amazon ECS container introspection"; spec/ecs-runtime.md section 6.4.
struct AgentDocument: Encodable {
    var Cluster: String
    var ContainerInstanceArn: String?
    var Version: String
}

/// `/v1/tasks`
struct TaskListDocument: Encodable {
    var Tasks: [IntrospectedTask]
}

struct IntrospectedTask: Encodable {
    struct Container: Encodable {
        var DockerId: String
        var DockerName: String
        var Name: String
        var Image: String
        var ImageID: String
        var CreatedAt: String?
        var StartedAt: String?
        var Ports: [ContainerDocument.Port]?
        var Networks: [NetworkDocument]?
        var Volumes: [ContainerDocument.Volume]?
        var RestartCount: Int?

        init(_ document: ContainerDocument) {
            DockerId = document.DockerId
            DockerName = document.DockerName
            Name = document.Name
            Image = document.Image
            ImageID = document.ImageID
            CreatedAt = document.CreatedAt
            StartedAt = document.StartedAt
            Ports = document.Ports
            Networks = document.Networks
            Volumes = document.Volumes
            RestartCount = document.RestartCount
        }
    }

    var Arn: String
    var DesiredStatus: String
    var KnownStatus: String
    var Family: String
    var Version: String
    var Containers: [Container]

    init(_ document: TaskDocument) {
        Arn = document.TaskARN
        DesiredStatus = document.DesiredStatus
        KnownStatus = document.KnownStatus
        Family = document.Family
        Version = document.Revision
        Containers = document.Containers.map(Container.init)
    }
}
