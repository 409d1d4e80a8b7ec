import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension Reference {
    /// A capacity provider's name or ARN. It need not be the name of one.
    static func capacityProvider(_ text: String) throws(AWSError) -> String {
        guard text.hasPrefix("arn:") else { return text }
        guard let arn = ARN(text), arn.service == "ecs", arn.resourceType == "capacity-provider",
            arn.resourcePath.count == 1, Names.isResourceName(arn.resourcePath[0])
        else { throw .invalidParameter("The ARN provided is invalid. \"\(text.prefix(160))\"") }
        return arn.resourcePath[0]
    }
}

/// The rules for names of capacity providers, new ones and those that requests refer to.
enum CapacityProviderNames {
    private static let reservedPrefixes = ["aws", "ecs", "fargate"]

    /// - Throws: ClientException unless it can be the name of a new provider.
    /// - Source: API Reference, CreateCapacityProvider `name`; the prefixes are reserved in any case.
    static func checkNew(_ name: String) throws(AWSError) {
        let lowercased = name.lowercased()
        guard Names.isResourceName(name), !reservedPrefixes.contains(where: lowercased.hasPrefix) else {
            throw .client(
                "The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters "
                    + "(upper and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed with "
                    + "\"aws\", \"ecs\", or \"fargate\". Specify a valid name and try again.")
        }
    }

    static func isReserved(_ name: String) -> Bool { CapacityProviderRecord.reservedNames.contains(name) }

    /// The names of providers that a cluster is to have, each once, in the order given.
    ///
    /// - Throws: InvalidParameterException for one that is not there or not ACTIVE, or for too many.
    /// - Source: API Reference, PutClusterCapacityProviders `capacityProviders`.
    static func checked(_ references: [String], among providers: CapacityProviderTable) throws(AWSError) -> [String] {
        try Limits.capacityProvidersPerCluster.check(references.count, of: "capacityProviders")
        var names: [String] = []
        for reference in references {
            let name = try Reference.capacityProvider(reference)
            guard isReserved(name) || providers[name] != nil else {
                throw .invalidParameter(
                    "The specified capacity provider '\(name.prefix(60))' was not found. Specify a valid capacity "
                        + "provider and try again.")
            }
            guard providers.listed.contains(name) else {
                throw .invalidParameter(
                    "The specified capacity provider '\(name.prefix(60))' is not in an ACTIVE state. Specify a valid "
                        + "capacity provider and try again.")
            }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}

extension Tables {
    /// The provider that a request wants to change.
    ///
    /// - Parameter cluster: where the request looks for it. Only providers of ECS Managed Instances belong to a
    ///   cluster, and there are none.
    /// - Throws: ClientException if there is none of this name, or it is INACTIVE, or ECS's own.
    borrowing func changeableCapacityProvider(
        _ reference: String?, in cluster: String?, to change: String
    ) throws(AWSError) -> CapacityProviderRecord {
        let name = try Reference.capacityProvider(reference ?? "")
        guard !CapacityProviderNames.isReserved(name) else {
            throw .client("The capacity provider \(name) is reserved and cannot be \(change).")
        }
        if let cluster, !cluster.isEmpty { _ = try activeCluster(try Reference.cluster(cluster)) }
        guard cluster?.isEmpty != false, let record = capacityProviders[name], record.status == .active else {
            throw .client("The specified capacity provider does not exist. Specify a valid name or ARN and try again.")
        }
        return record
    }
}
