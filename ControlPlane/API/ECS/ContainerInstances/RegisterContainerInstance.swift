import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Support

extension ECSService {
    /// Makes a host known, or known again: with its ARN, or with a key that registered before, it stays the instance it
    /// was, and what runs there stays accounted for. The `default` cluster is made by the first host that joins it.
    ///
    /// - Source: API Reference, RegisterContainerInstance; ECS runtime rules, section 8.
    func registerContainerInstance(
        _ input: ECS.RegisterContainerInstanceRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.RegisterContainerInstanceResponse {
        let registration = try InstanceRegistration(input)
        let id = ContainerInstanceID(context.random.hex32())
        let now = context.now()
        let described = try await context.transact { tx throws(AWSError) in
            let cluster = try Self.cluster(registration.cluster, in: &tx, now: now)
            let key = try tx.agentKey(of: caller, registeringIn: cluster.name)
            let known = try tx.knownInstance(registration, boundTo: key, caller)
            var record: ContainerInstanceRecord
            if let known {
                record = known
                record.version += 1
            } else {
                record = registration.record(id: id, sequence: tx.nextSequence(), now: now)
            }
            registration.refresh(&record, now: now)
            record.accessKeyID = key?.accessKeyID ?? record.accessKeyID
            tx.put(record)
            if var key, case .agent(let keyCluster, nil) = key.principal {
                key.principal = .agent(cluster: keyCluster, containerInstance: record.id)
                tx.put(key)
            }
            return tx.describe(record, includeTags: true, context.arns)
        }
        context.log.info(
            "container instance registered",
            ["containerInstance": described.containerInstanceArn ?? "", "cluster": registration.cluster.rawValue])
        return ECS.RegisterContainerInstanceResponse(containerInstance: described)
    }

    private static func cluster(
        _ name: ClusterName, in tx: inout Tables, now: Date
    ) throws(AWSError) -> ClusterRecord {
        if tx.clusters[name] == nil, name == .default { tx.put(ClusterRecord(name: name, createdAt: now)) }
        return try tx.activeCluster(name)
    }
}

/// A RegisterContainerInstance request whose every part was checked.
private struct InstanceRegistration: Sendable {
    private static let customAttributeLimit = 10

    let cluster: ClusterName
    let instanceID: String?
    let resources: HostResources
    let attributes: [ECS.Attribute]
    let versionInfo: ECS.VersionInfo?
    let ec2InstanceID: String?
    let tags: [ECS.Tag]

    init(_ input: ECS.RegisterContainerInstanceRequest) throws(AWSError) {
        let cluster = try Reference.cluster(input.cluster)
        self.cluster = cluster
        instanceID = try input.containerInstanceArn.map { text throws(AWSError) in
            try Reference.containerInstance(text, in: cluster)
        }
        if input.platformDevices?.isEmpty == false { throw .notSupportedYet("platformDevices") }
        resources = try HostResources(registering: input.totalResources ?? [])
        attributes = try (input.attributes ?? []).map { attribute throws(AWSError) in
            guard let name = attribute.name, (1...128).contains(name.utf8.count) else {
                throw .invalidParameter("An attribute needs a name of 1 to 128 characters.")
            }
            guard (attribute.value ?? "").utf8.count <= 128 else {
                throw .invalidParameter("The value of attribute \(name) is longer than 128 characters.")
            }
            return ECS.Attribute(name: name, value: attribute.value)
        }
        versionInfo = input.versionInfo
        ec2InstanceID = input.instanceIdentityDocument.flatMap(Self.ec2InstanceID)
        tags = try Tags.checked(input.tags)
    }

    private struct IdentityDocument: Decodable {
        var instanceId: String?
    }

    private static func ec2InstanceID(_ document: String) -> String? {
        let decoded = try? JSONDecoder().decode(IdentityDocument.self, from: Data(document.utf8))
        return decoded?.instanceId
    }

    func record(id: ContainerInstanceID, sequence: Int, now: Date) -> ContainerInstanceRecord {
        ContainerInstanceRecord(
            id: id, cluster: cluster, sequence: sequence, registeredAt: now, cpuUnits: resources.cpuUnits,
            memoryMiB: resources.memoryMiB, reservedTCPPorts: resources.tcpPorts, reservedUDPPorts: resources.udpPorts,
            attributes: attributes, versionInfo: versionInfo, tags: tags)
    }

    /// What a registration says anew each time. Attributes that people put there stay.
    func refresh(_ record: inout ContainerInstanceRecord, now: Date) {
        record.cpuUnits = resources.cpuUnits
        record.memoryMiB = resources.memoryMiB
        record.reservedTCPPorts = resources.tcpPorts
        record.reservedUDPPorts = resources.udpPorts
        let named = Set(attributes.compactMap(\.name))
        record.attributes = attributes + record.attributes.filter { !named.contains($0.name ?? "") }
        record.versionInfo = versionInfo
        record.ec2InstanceID = ec2InstanceID ?? record.ec2InstanceID
        if !record.agentConnected {
            record.agentConnected = true
            record.connectivityAt = now
        }
    }
}

extension Tables {
    /// The key of the agent that calls, or nil if it is not an agent's key.
    fileprivate borrowing func agentKey(
        of caller: Caller, registeringIn cluster: ClusterName
    ) throws(AWSError) -> AccessKeyRecord? {
        guard case .agent(let keyCluster, _) = caller.principal, let id = caller.accessKeyID else { return nil }
        guard keyCluster == cluster else {
            throw .accessDenied("This host joined the cluster \(keyCluster) and cannot register to \(cluster).")
        }
        guard let key = access.key(id) else { throw .accessDenied("This host's key was revoked.") }
        return key
    }

    /// The instance that registers again; nil for a new one.
    fileprivate borrowing func knownInstance(
        _ registration: InstanceRegistration, boundTo key: AccessKeyRecord?, _ caller: Caller
    ) throws(AWSError) -> ContainerInstanceRecord? {
        var id = registration.instanceID
        if case .agent(_, let bound?)? = key?.principal {
            guard id == nil || id == bound.rawValue else {
                throw .accessDenied("This host's key is another container instance's.")
            }
            id = bound.rawValue
        } else if key != nil, id != nil {
            throw .accessDenied("This host's key has not registered that container instance.")
        }
        guard let id else { return nil }
        guard let known = containerInstance(id, in: registration.cluster) else {
            throw .client(
                "The container instance \(id.prefix(60)) is not registered in the cluster \(registration.cluster).")
        }
        guard known.status != .inactive else {
            throw .client("The container instance \(id) is INACTIVE: it was deregistered.")
        }
        return known
    }
}
