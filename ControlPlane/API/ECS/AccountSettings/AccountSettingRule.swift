import AWSModels
import AWSProtocol
import ControlPlaneState

/// One account setting: what it can be, and what it is where nobody has set it.
///
/// - Source: API Reference, PutAccountSetting `name`; ECS Developer Guide, "Access Amazon ECS features with account
///   settings".
struct AccountSettingRule: Sendable {
    let name: ECS.SettingName
    /// What it can be set to, in the order that messages list.
    let values: [String]
    let defaultValue: String
    /// `aws_managed` ones are for reading only.
    let type: ECS.SettingType
    /// Values that used to be allowed, with the reason why they are not any more.
    let retired: [String: String]

    private init(
        _ name: ECS.SettingName, _ values: [String], default defaultValue: String, type: ECS.SettingType = .user,
        retired: [String: String] = [:]
    ) {
        self.name = name
        self.values = values
        self.defaultValue = defaultValue
        self.type = type
        self.retired = retired
    }

    private static func longARN(_ name: ECS.SettingName, of resources: String) -> Self {
        Self(
            name, ["enabled"], default: "enabled",
            retired: [
                "disabled": "The long format of ARNs and IDs is the only one since April 2021: \(name.rawValue) cannot "
                    + "be disabled, and the ARNs of \(resources) always name their cluster."
            ])
    }

    /// Every setting of the model, in its order.
    ///
    /// `containerInsights` is the default of new clusters. The others are kept and given back: they are about what only
    /// AWS has (Fargate, trunk interfaces, GuardDuty, IAM policies), and `defaultLogDriverMode` about the log driver of
    /// hosts.
    static let all: [Self] = [
        .longARN(.serviceLongArnFormat, of: "services"),
        .longARN(.taskLongArnFormat, of: "tasks"),
        .longARN(.containerInstanceLongArnFormat, of: "container instances"),
        Self(.awsvpcTrunking, ["enabled", "disabled"], default: "disabled"),
        Self(.containerInsights, ContainerInsights.values, default: ContainerInsights.disabled),
        Self(.fargateFIPSMode, ["enabled", "disabled"], default: "disabled"),
        Self(.tagResourceAuthorization, ["on", "off"], default: "on"),
        Self(.fargateTaskRetirementWaitPeriod, ["0", "7", "14"], default: "7"),
        Self(.guardDutyActivate, ["on", "off"], default: "off", type: .awsManaged),
        Self(.defaultLogDriverMode, ["blocking", "non-blocking"], default: "non-blocking"),
        Self(.fargateEventWindows, ["enabled", "disabled"], default: "disabled"),
    ]

    /// - Throws: InvalidParameterException for a name that is not in the model.
    static func named(_ name: ECS.SettingName?) throws(AWSError) -> Self {
        guard let rule = all.first(where: { $0.name == name }) else {
            let names = all.map(\.name.rawValue).joined(separator: ",")
            throw .invalidParameter("\((name?.rawValue ?? "name").prefix(60)) should be one of [\(names)]")
        }
        return rule
    }

    /// The value, if it may be set.
    func checked(_ value: String?) throws(AWSError) -> String {
        let value = value ?? ""
        guard type == .user else {
            throw .invalidParameter(
                "\(name.rawValue) is read-only: it says what another service has set, and cannot be changed here.")
        }
        if let reason = retired[value] { throw .invalidParameter("Invalid setting 'value'. \(reason)") }
        guard values.contains(value) else {
            throw .invalidParameter(
                "Invalid setting 'value'. \(name.rawValue) should be one of [\(values.joined(separator: ","))]; found "
                    + "\"\(value.prefix(60))\".")
        }
        return value
    }

    /// The API's view of a value that a principal has.
    func described(_ value: String, principalARN: String) -> ECS.Setting {
        ECS.Setting(name: name, principalArn: principalARN, type: type, value: value)
    }
}

extension Tables {
    /// What a setting is for a principal: its own value, else the root user's, else ECS's default.
    ///
    /// - Returns: `principalArn` is the one whose value it is.
    borrowing func effectiveSetting(_ rule: AccountSettingRule, for principalARN: String, root: String) -> ECS.Setting {
        let record = accountSettings[rule.name, principalARN] ?? accountSettings[rule.name, root]
        return rule.described(record?.value ?? rule.defaultValue, principalARN: record?.principalARN ?? root)
    }

    /// What `containerInsights` is for a cluster that this principal makes without saying.
    borrowing func defaultContainerInsights(for principalARN: String, root: String) -> String {
        for rule in AccountSettingRule.all where rule.name == .containerInsights {
            return effectiveSetting(rule, for: principalARN, root: root).value ?? rule.defaultValue
        }
        return ContainerInsights.disabled
    }
}
