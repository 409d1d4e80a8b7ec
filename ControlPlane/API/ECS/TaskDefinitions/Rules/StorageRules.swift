import AWSModels

extension TaskDefinitionRule {
    /// The disk of a task on Fargate.
    ///
    /// - Unit: GiB.
    /// - Source: ECS core rules, 7.1; API Reference, EphemeralStorage.
    static let storage: [Self] = [
        Self("ephemeralStorage.sizeInGiB") { request in
            guard let storage = request.ephemeralStorage else { return nil }
            let size = storage.sizeInGiB ?? 0
            let least = Limits.ephemeralStorageLeast.value
            let most = Limits.ephemeralStorageMost.value
            if size < least { return "EphemeralStorage size should be at least \(least)" }
            return size > most ? "EphemeralStorage size should be at most \(most)" : nil
        },
        // With FARGATE required as well, ECS lists EC2 as compatible: the disk there is the instance's.
        Self("ephemeralStorage", for: .ec2, .external) { request in
            request.ephemeralStorage != nil && !request.requires(.fargate)
                ? "Tasks using the EC2 launch type do not support EphemeralStorage" : nil
        },
    ]
}
