import AWSModels
import AWSProtocol
import ControlPlaneState

extension LaunchRule {
    /// Launch types, capacity providers and platform versions.
    ///
    /// - Source: ECS core rules, section 8; API Reference, RunTask.
    static let compute: [Self] = [
        .invalid("launchType, capacityProviderStrategy") { request in
            request.launchType != nil && !request.capacityProviderStrategy.isEmpty
                ? "Specify either Launch Type or Capacity Provider Strategy, but not both." : nil
        },
        // The model has MANAGED_INSTANCES, which can only be had through a capacity provider.
        .invalid("launchType") { request in
            guard let type = request.launchType, ![.ec2, .fargate, .external].contains(type) else { return nil }
            return "launch type should be one of [EC2,FARGATE,EXTERNAL]"
        },
        .strategy { items, _ in
            items.count > Limits.capacityProvidersPerStrategy.value
                ? "capacityProviderStrategy can have at most \(Limits.capacityProvidersPerStrategy.value) items." : nil
        },
        .strategy { items, _ in
            items.first { !Names.isResourceName($0.capacityProvider ?? "") }.map {
                "The specified capacity provider name is invalid: '\(($0.capacityProvider ?? "").prefix(60))'. "
                    + "It must be 1 to 255 letters, digits, hyphens and underscores."
            }
        },
        .strategy { items, _ in
            var seen: Set<String> = []
            return items.compactMap(\.capacityProvider).first { !seen.insert($0).inserted }.map {
                "The specified capacity provider strategy names the capacity provider \($0.prefix(60)) more than once."
            }
        },
        .strategy { items, _ in
            items.allSatisfy { ($0.weight ?? 0) == 0 }
                ? "There are no capacity providers in the capacity provider strategy with a weight value greater than "
                    + "zero." : nil
        },
        .strategy { items, _ in
            items.filter { ($0.base ?? 0) > 0 }.count > 1
                ? "There are multiple capacity providers in the specified capacity provider strategy with a base value "
                    + "defined." : nil
        },
        .strategy { items, request in
            let associated = Set(request.cluster.capacityProviders ?? [])
            return items.contains { !associated.contains($0.capacityProvider ?? "") }
                ? "The specified capacity provider strategy cannot contain a capacity provider that is not associated "
                    + "with the cluster. Associate the capacity provider with the cluster and try again." : nil
        },
        .strategy { items, _ in
            let fargate = items.filter { isFargateProvider($0.capacityProvider ?? "") }
            return fargate.isEmpty || fargate.count == items.count
                ? nil : "A capacity provider strategy cannot contain both Fargate and other capacity providers."
        },
        .invalid("launchType") { request in
            // Definitions without the list are from before there was a choice.
            guard case .launchType(let type) = request.compute, let able = request.definition.compatibilities.given
            else { return nil }
            return able.contains { $0.rawValue == type.rawValue }
                ? nil : "Task definition does not support launch_type \(type.rawValue)."
        },
        .invalid("launchType, networkMode") { request in
            guard case .launchType(.external) = request.compute else { return nil }
            return request.definition.networkMode == .awsvpc
                ? "Task definition does not support launch_type EXTERNAL." : nil
        },
        .strategy { items, request in
            guard let able = request.definition.compatibilities.given else { return nil }
            let needed: [ECS.Compatibility] =
                LaunchRequest.Compute.capacityProviders(items).isFargate ? [.fargate] : [.ec2, .managedInstances]
            return able.contains(where: needed.contains)
                ? nil : "The selected task definition is not compatible with the selected compute strategy."
        },
        .invalid("platformVersion") { request in
            guard request.platformVersion != nil, !request.compute.isFargate else { return nil }
            if case .launchType(let type) = request.compute {
                return "The platform version must be null when specifying an \(type.rawValue) launch type."
            }
            return "The platform version must be null when specifying capacity providers other than Fargate's."
        },
        .refusing("platformVersion") { request in
            guard let version = request.platformVersion, !platformVersions.contains(version) else { return nil }
            return .init(
                ECS.Errors.platformUnknownException,
                "The specified platform version '\(version.prefix(60))' does not exist.")
        },
    ]

    /// - Source: ECS Developer Guide, "Fargate platform versions".
    private static let platformVersions: Set<String> = ["LATEST", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"]

    /// A rule about the strategy that decides, the request's or the cluster's, if there is one.
    private static func strategy(
        _ violation: @escaping @Sendable ([ECS.CapacityProviderStrategyItem], LaunchRequest) -> String?
    ) -> Self {
        .invalid("capacityProviderStrategy") { request in
            guard case .capacityProviders(let items) = request.compute else { return nil }
            return violation(items, request)
        }
    }
}
