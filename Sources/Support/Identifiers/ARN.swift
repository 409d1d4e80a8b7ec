/// Amazon Resource Names of the ECS service, and how they are made and taken apart.
///
/// - Source: ECS Developer Guide, "Amazon Resource Names (ARNs) and IDs"; long formats only.
package struct ARN: Sendable, Hashable, CustomStringConvertible {
    package var partition: String
    package var service: String
    package var region: String
    package var accountID: String
    /// `task/default/0123…`: everything after the fifth colon.
    package var resource: String

    package init(
        partition: String = "aws", service: String = "ecs", region: String, accountID: String, resource: String
    ) {
        self.partition = partition
        self.service = service
        self.region = region
        self.accountID = accountID
        self.resource = resource
    }

    // Splitting is by bytes: by Character it takes ten times as long, and a call may name a hundred resources.

    /// Nil unless there are six colon-separated parts, the first of which is `arn`, and a resource.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty else {
            return nil
        }
        (partition, service, region, accountID, resource) = (parts[1], parts[2], parts[3], parts[4], parts[5])
    }

    /// `task` of `task/default/0123…`, with the rest of the path: `["default", "0123…"]`.
    package var resourceType: String { String(Substring(resource.utf8.prefix { $0 != UInt8(ascii: "/") })) }

    package var resourcePath: [String] {
        resource.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
            .map { String(Substring($0)) }
    }

    package var description: String { "arn:\(partition):\(service):\(region):\(accountID):\(resource)" }
}

/// Makes the ARNs of one installation: its partition, region and account.
package struct ARNFactory: Sendable, Hashable {
    package let partition: String
    package let region: String
    package let accountID: String

    package init(partition: String = "aws", region: String, accountID: String) {
        self.partition = partition
        self.region = region
        self.accountID = accountID
    }

    /// Whether the ARN names something of this installation: same partition, region and account.
    package func owns(_ arn: ARN) -> Bool {
        arn.partition == partition && arn.region == region && arn.accountID == accountID
    }

    private func make(_ resource: String) -> String {
        "arn:\(partition):ecs:\(region):\(accountID):\(resource)"
    }

    package func cluster(_ name: String) -> String { make("cluster/\(name)") }

    package func containerInstance(cluster: String, id: String) -> String {
        make("container-instance/\(cluster)/\(id)")
    }

    package func task(cluster: String, id: String) -> String { make("task/\(cluster)/\(id)") }

    package func container(cluster: String, taskID: String, id: String) -> String {
        make("container/\(cluster)/\(taskID)/\(id)")
    }

    package func service(cluster: String, name: String) -> String { make("service/\(cluster)/\(name)") }

    package func serviceDeployment(cluster: String, service: String, id: String) -> String {
        make("service-deployment/\(cluster)/\(service)/\(id)")
    }

    package func serviceRevision(cluster: String, service: String, id: String) -> String {
        make("service-revision/\(cluster)/\(service)/\(id)")
    }

    /// - Parameter id: `ecs-svc/` and digits.
    package func taskSet(cluster: String, service: String, id: String) -> String {
        make("task-set/\(cluster)/\(service)/\(id)")
    }

    package func capacityProvider(_ name: String) -> String { make("capacity-provider/\(name)") }

    package func taskDefinition(family: String, revision: Int) -> String {
        make("task-definition/\(family):\(revision)")
    }

    /// An IAM role by its name; what is an ARN already stays.
    package func role(_ nameOrARN: String) -> String {
        nameOrARN.hasPrefix("arn:") ? nameOrARN : "arn:\(partition):iam::\(accountID):role/\(nameOrARN)"
    }

    /// Whom an access key of a person or a program speaks for.
    package func user(_ name: String) -> String { "arn:\(partition):iam::\(accountID):user/\(name)" }

    /// How the ARNs of ECS's resources of a type begin.
    package func beginning(ofResource type: String) -> String { make(type + "/") }

    package var rootPrincipal: String { "arn:\(partition):iam::\(accountID):root" }
}
