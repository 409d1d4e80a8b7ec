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
        .refusing("capacityProviderStrategy") { request in
            guard case .capacityProviders(let items) = request.compute else { return nil }
            do throws(AWSError) {
                _ = try CapacityProviderStrategyRule.checked(
                    items, associated: request.cluster.capacityProviders ?? [], for: .launch)
                return nil
            } catch {
                return error
            }
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
        .invalid("capacityProviderStrategy") { request in
            guard case .capacityProviders(let items) = request.compute,
                let able = request.definition.compatibilities.given
            else { return nil }
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
}
