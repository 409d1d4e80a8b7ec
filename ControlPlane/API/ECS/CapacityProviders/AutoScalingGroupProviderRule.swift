import AWSModels
import AWSProtocol
import Support

/// What ECS asks of an `autoScalingGroupProvider`, and what it fills in. The model has the ranges of the numbers.
///
/// - Source: API Reference, AutoScalingGroupProvider and ManagedScaling; ECS core rules, section 5.
enum AutoScalingGroupProviderRule {
    /// ECS's defaults. Managed scaling is off where it is not asked for.
    static let standardScaling = ECS.ManagedScaling(
        instanceWarmupPeriod: 300, maximumScalingStepSize: 10_000, minimumScalingStepSize: 1, status: .disabled,
        targetCapacity: 100)

    /// A new provider, with ECS's defaults.
    ///
    /// - Throws: InvalidParameterException for the first thing that is wrong.
    static func checked(_ provider: ECS.AutoScalingGroupProvider) throws(AWSError) -> ECS.AutoScalingGroupProvider {
        let group = provider.autoScalingGroupArn ?? ""
        guard group.hasPrefix("arn:") ? isGroupARN(group) : isGroupName(group) else {
            throw .invalidParameter(
                "autoScalingGroupArn must be the ARN of an Auto Scaling group or its name; found "
                    + "\"\(group.prefix(60))\".")
        }
        return ECS.AutoScalingGroupProvider(
            autoScalingGroupArn: group, managedDraining: provider.managedDraining ?? .enabled,
            managedScaling: try checked(provider.managedScaling, over: standardScaling),
            managedTerminationProtection: provider.managedTerminationProtection ?? .disabled)
    }

    /// An existing provider with what the update names changed; the group stays.
    static func checked(
        _ update: ECS.AutoScalingGroupProviderUpdate, of provider: ECS.AutoScalingGroupProvider
    ) throws(AWSError) -> ECS.AutoScalingGroupProvider {
        ECS.AutoScalingGroupProvider(
            autoScalingGroupArn: provider.autoScalingGroupArn,
            managedDraining: update.managedDraining ?? provider.managedDraining,
            managedScaling: try checked(update.managedScaling, over: provider.managedScaling ?? standardScaling),
            managedTerminationProtection: update.managedTerminationProtection ?? provider.managedTerminationProtection)
    }

    private static func checked(
        _ scaling: ECS.ManagedScaling?, over base: ECS.ManagedScaling
    ) throws(AWSError) -> ECS.ManagedScaling {
        let minimum = scaling?.minimumScalingStepSize ?? base.minimumScalingStepSize ?? 1
        let maximum = scaling?.maximumScalingStepSize ?? base.maximumScalingStepSize ?? minimum
        guard minimum <= maximum else {
            throw .invalidParameter(
                "The minimum or maximum scaling step size value is invalid. minimumScalingStepSize must not be greater "
                    + "than maximumScalingStepSize; found \(minimum) and \(maximum).")
        }
        return ECS.ManagedScaling(
            instanceWarmupPeriod: scaling?.instanceWarmupPeriod ?? base.instanceWarmupPeriod,
            maximumScalingStepSize: maximum, minimumScalingStepSize: minimum, status: scaling?.status ?? base.status,
            targetCapacity: scaling?.targetCapacity ?? base.targetCapacity)
    }

    /// `arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:ID:autoScalingGroupName/NAME`.
    private static func isGroupARN(_ text: String) -> Bool {
        guard let arn = ARN(text), arn.service == "autoscaling", let slash = arn.resource.firstIndex(of: "/") else {
            return false
        }
        let kind = arn.resource[..<slash].split(separator: ":", omittingEmptySubsequences: false)
        return kind.count == 3 && kind[0] == "autoScalingGroup" && !kind[1].isEmpty && kind[2] == "autoScalingGroupName"
            && isGroupName(String(arn.resource[arn.resource.index(after: slash)...]))
    }

    private static func isGroupName(_ text: String) -> Bool {
        (1...Limits.autoScalingGroupNameLength.value).contains(text.unicodeScalars.count)
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != ":" }
    }
}
