import FoundationEssentials

/// One record before and after a transaction: nil before it was made, nil after it was removed.
///
/// Records that are larger than a task's are boxed: tasks change most, and a change is as large as its largest case.
package enum Change: Sendable {
    indirect case cluster(ClusterRecord?, ClusterRecord?)
    case taskDefinitionFamily(TaskDefinitionFamilyRecord?, TaskDefinitionFamilyRecord?)
    indirect case taskDefinition(TaskDefinitionRecord?, TaskDefinitionRecord?)
    indirect case containerInstance(ContainerInstanceRecord?, ContainerInstanceRecord?)
    /// Comes before the first of its tasks, and goes after the last.
    case launch(LaunchRecord?, LaunchRecord?)
    /// Boxed: a task has a dozen references, and changes are handed on many times.
    indirect case task(TaskRecord?, TaskRecord?)
    indirect case accessKey(AccessKeyRecord?, AccessKeyRecord?)
    case user(UserRecord?, UserRecord?)
    case joinToken(JoinTokenRecord?, JoinTokenRecord?)
    case runTaskToken(RunTaskTokenRecord?, RunTaskTokenRecord?)
    indirect case capacityProvider(CapacityProviderRecord?, CapacityProviderRecord?)
    case accountSetting(AccountSettingRecord?, AccountSettingRecord?)
    case subnet(SubnetRecord?, SubnetRecord?)
    case addressSlice(AddressSliceRecord?, AddressSliceRecord?)
    indirect case service(ServiceRecord?, ServiceRecord?)
    indirect case deployment(DeploymentRecord?, DeploymentRecord?)
    indirect case serviceRevision(ServiceRevisionRecord?, ServiceRevisionRecord?)
    indirect case serviceDeployment(ServiceDeploymentRecord?, ServiceDeploymentRecord?)
    indirect case taskSet(TaskSetRecord?, TaskSetRecord?)
    indirect case serviceEvent(ServiceEventRecord?, ServiceEventRecord?)
    indirect case serviceScheduling(ServiceSchedulingRecord?, ServiceSchedulingRecord?)

    /// The change that undoes this one.
    var inverse: Change {
        switch self {
        case .cluster(let old, let new): .cluster(new, old)
        case .taskDefinitionFamily(let old, let new): .taskDefinitionFamily(new, old)
        case .taskDefinition(let old, let new): .taskDefinition(new, old)
        case .containerInstance(let old, let new): .containerInstance(new, old)
        case .launch(let old, let new): .launch(new, old)
        case .task(let old, let new): .task(new, old)
        case .accessKey(let old, let new): .accessKey(new, old)
        case .user(let old, let new): .user(new, old)
        case .joinToken(let old, let new): .joinToken(new, old)
        case .runTaskToken(let old, let new): .runTaskToken(new, old)
        case .capacityProvider(let old, let new): .capacityProvider(new, old)
        case .accountSetting(let old, let new): .accountSetting(new, old)
        case .subnet(let old, let new): .subnet(new, old)
        case .addressSlice(let old, let new): .addressSlice(new, old)
        case .service(let old, let new): .service(new, old)
        case .deployment(let old, let new): .deployment(new, old)
        case .serviceRevision(let old, let new): .serviceRevision(new, old)
        case .serviceDeployment(let old, let new): .serviceDeployment(new, old)
        case .taskSet(let old, let new): .taskSet(new, old)
        case .serviceEvent(let old, let new): .serviceEvent(new, old)
        case .serviceScheduling(let old, let new): .serviceScheduling(new, old)
        }
    }

    /// What the store has to do.
    func mutation() throws -> StoreMutation? {
        switch self {
        case .cluster(let old, let new): try Self.mutation(old, new)
        case .taskDefinitionFamily(let old, let new): try Self.mutation(old, new)
        case .taskDefinition(let old, let new): try Self.mutation(old, new)
        case .containerInstance(let old, let new): try Self.mutation(old, new, ContainerInstanceCoding.encode)
        case .launch(let old, let new):
            try (new ?? old).map { launch in
                StoreMutation(
                    kind: LaunchCoding.kind, key: launch.id.storeKey, value: try new.map(LaunchCoding.encode))
            }
        case .task(let old, let new):
            try (new ?? old).map { task in
                StoreMutation(kind: TaskCoding.kind, key: TaskCoding.key(task), value: try new.map(TaskCoding.encode))
            }
        case .accessKey(let old, let new): try Self.mutation(old, new, AccessKeyCoding.encode)
        case .user(let old, let new): try Self.mutation(old, new)
        case .joinToken(let old, let new): try Self.mutation(old, new)
        case .runTaskToken(let old, let new): try Self.mutation(old, new)
        case .capacityProvider(let old, let new): try Self.mutation(old, new)
        case .accountSetting(let old, let new): try Self.mutation(old, new)
        case .subnet(let old, let new): try Self.mutation(old, new)
        case .addressSlice(let old, let new): try Self.mutation(old, new)
        case .service(let old, let new): try Self.mutation(old, new)
        case .deployment(let old, let new): try Self.mutation(old, new)
        case .serviceRevision(let old, let new): try Self.mutation(old, new)
        case .serviceDeployment(let old, let new): try Self.mutation(old, new)
        case .taskSet(let old, let new): try Self.mutation(old, new)
        case .serviceEvent(let old, let new):
            (new ?? old).map { event in
                StoreMutation(
                    kind: ServiceEventCoding.kind, key: ServiceEventCoding.key(event),
                    value: new.map(ServiceEventCoding.encode))
            }
        case .serviceScheduling(let old, let new): try Self.mutation(old, new)
        }
    }

    private static func mutation<Record: StoredRecord>(
        _ old: Record?, _ new: Record?, _ encode: (Record) throws -> Data = RecordCoding.encode
    ) throws -> StoreMutation? {
        if let new { return StoreMutation(kind: Record.kind, key: new.storeKey, value: try encode(new)) }
        return old.map { StoreMutation(kind: Record.kind, key: $0.storeKey, value: nil) }
    }

    /// The change that a stored record is, seen from an empty state. Tasks and launches are ``RowDecoder``'s.
    ///
    /// - Parameter known: attributes of container instances that were loaded before.
    /// - Throws: ``StoreError`` for a kind that this program does not know, or a record it cannot read.
    static func loading(_ row: StoredRow, sharing known: inout KnownAttributes) throws -> Change {
        switch row.kind {
        case ClusterRecord.kind: .cluster(nil, try RecordCoding.decode(ClusterRecord.self, row))
        case TaskDefinitionFamilyRecord.kind:
            .taskDefinitionFamily(nil, try RecordCoding.decode(TaskDefinitionFamilyRecord.self, row))
        case TaskDefinitionRecord.kind: .taskDefinition(nil, try RecordCoding.decode(TaskDefinitionRecord.self, row))
        case ContainerInstanceRecord.kind:
            .containerInstance(nil, try ContainerInstanceCoding.decode(row, sharing: &known))
        case AccessKeyRecord.kind: .accessKey(nil, try AccessKeyCoding.decode(row))
        case UserRecord.kind: .user(nil, try RecordCoding.decode(UserRecord.self, row))
        case JoinTokenRecord.kind: .joinToken(nil, try RecordCoding.decode(JoinTokenRecord.self, row))
        case RunTaskTokenRecord.kind: .runTaskToken(nil, try RecordCoding.decode(RunTaskTokenRecord.self, row))
        case CapacityProviderRecord.kind:
            .capacityProvider(nil, try RecordCoding.decode(CapacityProviderRecord.self, row))
        case AccountSettingRecord.kind: .accountSetting(nil, try RecordCoding.decode(AccountSettingRecord.self, row))
        case SubnetRecord.kind: .subnet(nil, try RecordCoding.decode(SubnetRecord.self, row))
        case AddressSliceRecord.kind: .addressSlice(nil, try RecordCoding.decode(AddressSliceRecord.self, row))
        case ServiceRecord.kind: .service(nil, try RecordCoding.decode(ServiceRecord.self, row))
        case DeploymentRecord.kind: .deployment(nil, try RecordCoding.decode(DeploymentRecord.self, row))
        case ServiceRevisionRecord.kind: .serviceRevision(nil, try RecordCoding.decode(ServiceRevisionRecord.self, row))
        case ServiceDeploymentRecord.kind:
            .serviceDeployment(nil, try RecordCoding.decode(ServiceDeploymentRecord.self, row))
        case TaskSetRecord.kind: .taskSet(nil, try RecordCoding.decode(TaskSetRecord.self, row))
        case ServiceEventCoding.kind: .serviceEvent(nil, try ServiceEventCoding.decode(row))
        case ServiceSchedulingRecord.kind:
            .serviceScheduling(nil, try RecordCoding.decode(ServiceSchedulingRecord.self, row))
        default:
            throw StoreError(
                "the store holds a record of kind \"\(row.kind)\", which this program does not know: a newer one wrote it"
            )
        }
    }
}
