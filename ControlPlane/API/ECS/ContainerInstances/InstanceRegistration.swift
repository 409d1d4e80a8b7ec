import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Placement

/// A RegisterContainerInstance request whose every part was checked.
struct InstanceRegistration: Sendable {
    let cluster: ClusterName
    let instanceID: String?
    let machine: MachineIdentity
    private let resources: HostResources
    private let attributes: [ECS.Attribute]
    private let versionInfo: ECS.VersionInfo?
    private let tags: [ECS.Tag]

    init(_ input: ECS.RegisterContainerInstanceRequest) throws(AWSError) {
        let cluster = try Reference.cluster(input.cluster)
        self.cluster = cluster
        instanceID = try input.containerInstanceArn.map { text throws(AWSError) in
            try Reference.containerInstance(text, in: cluster)
        }
        machine = try MachineIdentity(document: input.instanceIdentityDocument)
        resources = try HostResources(
            registering: input.totalResources ?? [], devices: input.platformDevices ?? [])
        attributes = try Self.attributes(input.attributes ?? [], of: machine)
        versionInfo = input.versionInfo
        tags = try Tags.checked(input.tags)
    }

    /// What the agent says, and what the identity document says besides.
    private static func attributes(
        _ given: [ECS.Attribute], of machine: MachineIdentity
    ) throws(AWSError) -> [ECS.Attribute] {
        var seen: Set<String> = []
        var result: [ECS.Attribute] = []
        for attribute in given {
            let attribute = try AttributeRules.checked(attribute)
            guard seen.insert(attribute.name ?? "").inserted else {
                throw .invalidParameter("The attribute \(attribute.name ?? "") is given more than once.")
            }
            result.append(attribute)
        }
        for attribute in machine.attributes where !seen.contains(attribute.name ?? "") {
            result.append(try AttributeRules.checked(attribute))
        }
        try checkCustomCount(result)
        try checkPortRange(result)
        return result
    }

    private static func checkPortRange(_ attributes: [ECS.Attribute]) throws(AWSError) {
        let name = ContainerInstanceRecord.dynamicPortRangeAttribute
        guard let range = attributes.first(where: { $0.name == name }), HostPortRange.numbers(range.value ?? "") == nil
        else { return }
        throw .invalidParameter(
            "The attribute \(name) must be two ports, the lower one first, such as 32768-60999; found "
                + "\"\((range.value ?? "").prefix(60))\".")
    }

    private static func checkCustomCount(_ attributes: [ECS.Attribute]) throws(AWSError) {
        let count = AttributeRules.customCount(attributes)
        guard count <= Limits.attributesPerInstance.value else {
            throw .invalidParameter(
                "A container instance can have at most \(Limits.attributesPerInstance.value) custom attributes; this one "
                    + "would have \(count).")
        }
    }

    func record(id: ContainerInstanceID, sequence: Int, now: Date) -> ContainerInstanceRecord {
        var record = ContainerInstanceRecord(
            id: id, cluster: cluster, sequence: sequence, registeredAt: now, cpuUnits: resources.cpuUnits,
            memoryMiB: resources.memoryMiB, reservedTCPPorts: resources.tcpPorts, reservedUDPPorts: resources.udpPorts,
            attributes: attributes, versionInfo: versionInfo, tags: tags)
        record.gpuIDs = resources.gpuIDs
        record.ec2InstanceID = machine.ec2InstanceID
        return record
    }

    /// What a registration says anew each time. Its status (a host that drains goes on draining), and the attributes and
    /// tags that people gave it and that the registration does not name, stay. A lost one stays lost until its agent has
    /// said what became of its tasks.
    ///
    /// - Throws: ClientException if the machine became another, InvalidParameterException if there would be too many
    ///   attributes or tags.
    func refresh(_ record: inout ContainerInstanceRecord) throws(AWSError) {
        if let old = record.attribute(MachineIdentity.instanceType),
            let new = attributes.first(where: { $0.name == MachineIdentity.instanceType })?.value, new != old
        {
            throw .client(
                "Container instance type changes are not supported. Container instance \(record.id) was previously "
                    + "registered as \(old).")
        }
        record.cpuUnits = resources.cpuUnits
        record.memoryMiB = resources.memoryMiB
        record.reservedTCPPorts = resources.tcpPorts
        record.reservedUDPPorts = resources.udpPorts
        record.gpuIDs = resources.gpuIDs
        record.attributes = merged(with: record.attributes)
        try Self.checkCustomCount(record.attributes)
        record.tags = try merged(with: record.tags)
        record.versionInfo = versionInfo
        record.ec2InstanceID = machine.ec2InstanceID ?? record.ec2InstanceID
        record.version += 1
    }

    /// A capability that the agent does not name any more is lost: the engine or the agent changed.
    private func merged(with old: [ECS.Attribute]) -> [ECS.Attribute] {
        let named = Set(attributes.map(\.name))
        return attributes + old.filter { !named.contains($0.name) && !AttributeRules.isCapability($0.name ?? "") }
    }

    private func merged(with old: [ECS.Tag]) throws(AWSError) -> [ECS.Tag] {
        let named = Set(tags.map(\.key))
        let merged = tags + old.filter { !named.contains($0.key) }
        guard merged.count <= Limits.tagsPerResource.value else {
            throw .invalidParameter(
                "The container instance would have \(merged.count) tags; it can have at most "
                    + "\(Limits.tagsPerResource.value).")
        }
        return merged
    }
}

/// What an EC2 instance identity document says of a machine. Everything is nil for a host that sends none. The document's
/// signature is not looked at: whoever may register may say anything of the host.
struct MachineIdentity: Sendable {
    static let instanceType = "ecs.instance-type"

    let ec2InstanceID: String?
    /// Those that ECS takes from the document.
    let attributes: [ECS.Attribute]

    private struct Document: Decodable {
        var instanceId: String?
        var instanceType: String?
        var imageId: String?
        var availabilityZone: String?
    }

    /// - Throws: InvalidParameterException for a document that cannot be read. ECS's agent sends an empty one off EC2.
    init(document: String?) throws(AWSError) {
        guard let document, !document.isEmpty else {
            ec2InstanceID = nil
            attributes = []
            return
        }
        guard let decoded = try? JSONDecoder().decode(Document.self, from: Data(document.utf8)) else {
            throw .invalidParameter("instanceIdentityDocument is not a JSON document with the texts that EC2 writes.")
        }
        if let id = decoded.instanceId, !id.isEmpty {
            guard id.utf8.count <= Limits.attributeLength.value, Names.isResourceName(id) else {
                throw .invalidParameter(
                    "instanceId of instanceIdentityDocument must be letters, digits and hyphens; found "
                        + "\"\(id.prefix(60))\".")
            }
            ec2InstanceID = id
        } else {
            ec2InstanceID = nil
        }
        let values = [
            (Self.instanceType, decoded.instanceType), ("ecs.ami-id", decoded.imageId),
            ("ecs.availability-zone", decoded.availabilityZone),
        ]
        attributes = values.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : ECS.Attribute(name: name, value: $0) }
        }
    }
}
