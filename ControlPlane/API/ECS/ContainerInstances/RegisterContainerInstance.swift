import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Support

extension ECSService {
    /// Makes a host known, or known again: with its ARN, with a key that registered before, or with the identity document
    /// of a machine that is registered, it stays the instance it was, and what runs there stays accounted for. The
    /// `default` cluster is made by the first host that joins it.
    ///
    /// - Source: API Reference, RegisterContainerInstance; ECS runtime rules, section 8; ECS core rules, section 3,
    ///   "Idempotency".
    func registerContainerInstance(
        _ input: ECS.RegisterContainerInstanceRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.RegisterContainerInstanceResponse {
        let registration = try InstanceRegistration(input)
        let id = ContainerInstanceID(context.random.hex32())
        let now = context.now()
        let described = try await context.transact { tx throws(AWSError) in
            let cluster = try Self.cluster(registration.cluster, in: &tx, now: now)
            let key = try tx.agentKey(of: caller, registeringIn: cluster.name)
            var record: ContainerInstanceRecord
            if let known = try tx.knownInstance(registration, boundTo: key) {
                record = known
                try registration.refresh(&record)
            } else {
                record = registration.record(id: id, sequence: tx.nextSequence(), now: now)
            }
            record.accessKeyID = key?.accessKeyID ?? record.accessKeyID
            tx.locate(&record, in: context.vpc)
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

extension Tables {
    /// Says where in the VPC the instance is, if it can give interfaces to tasks.
    fileprivate mutating func locate(_ record: inout ContainerInstanceRecord, in vpc: VPC) {
        record.attributes.removeAll { [InterfaceAttributes.vpc, InterfaceAttributes.subnet].contains($0.name) }
        let isAble = record.attributes.contains { $0.name == InterfaceAttributes.capability }
        guard isAble, let subnet = subnet(of: record, in: vpc) else { return }
        record.attributes.append(ECS.Attribute(name: InterfaceAttributes.vpc, value: subnet.vpcID))
        record.attributes.append(ECS.Attribute(name: InterfaceAttributes.subnet, value: subnet.id.rawValue))
    }

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
    ///
    /// An agent's key says which instance it is. Any other caller may name it, or show a machine's identity document: a
    /// registration whose answer was lost, sent again, is then one instance and not two.
    fileprivate borrowing func knownInstance(
        _ registration: InstanceRegistration, boundTo key: AccessKeyRecord?
    ) throws(AWSError) -> ContainerInstanceRecord? {
        var id = registration.instanceID
        if case .agent(_, let bound?)? = key?.principal {
            guard id == nil || id == bound.rawValue else {
                throw .accessDenied("This host's key is another container instance's.")
            }
            id = bound.rawValue
        } else if key != nil {
            guard id == nil else { throw .accessDenied("This host's key has not registered that container instance.") }
            return nil
        }
        guard let id else {
            return registration.machine.ec2InstanceID.flatMap {
                containerInstances.registered(in: registration.cluster, ec2InstanceID: $0)
            }
        }
        guard let known = containerInstance(id, in: registration.cluster), known.status != .inactive else {
            throw .client("Referenced container instance \(id.prefix(60)) not registered.")
        }
        return known
    }
}
