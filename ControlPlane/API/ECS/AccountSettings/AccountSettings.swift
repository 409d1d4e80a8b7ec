import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// For one principal: the caller, if none is named. The root user's value is the default of all others.
    ///
    /// - Source: API Reference, PutAccountSetting.
    func putAccountSetting(
        _ input: ECS.PutAccountSettingRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.PutAccountSettingResponse {
        let principalARN = try Principals.checked(input.principalArn, caller: caller, context.arns)
        return ECS.PutAccountSettingResponse(setting: try await put(input.name, input.value, for: principalARN))
    }

    /// For everybody who has set nothing.
    ///
    /// - Source: API Reference, PutAccountSettingDefault.
    func putAccountSettingDefault(
        _ input: ECS.PutAccountSettingDefaultRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.PutAccountSettingDefaultResponse {
        ECS.PutAccountSettingDefaultResponse(
            setting: try await put(input.name, input.value, for: context.arns.rootPrincipal))
    }

    private func put(
        _ name: ECS.SettingName?, _ value: String?, for principalARN: String
    ) async throws(AWSError) -> ECS.Setting {
        let rule = try AccountSettingRule.named(name)
        let value = try rule.checked(value)
        try await context.transact { tx throws(AWSError) in
            tx.put(AccountSettingRecord(name: rule.name, principalARN: principalARN, value: value))
        }
        return rule.described(value, principalARN: principalARN)
    }

    /// Takes back what the principal has set, if anything.
    ///
    /// - Returns: what holds for the principal from now on.
    /// - Source: API Reference, DeleteAccountSetting.
    func deleteAccountSetting(
        _ input: ECS.DeleteAccountSettingRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.DeleteAccountSettingResponse {
        let rule = try AccountSettingRule.named(input.name)
        let principalARN = try Principals.checked(input.principalArn, caller: caller, context.arns)
        return try await context.transact { tx throws(AWSError) in
            if let record = tx.accountSettings[rule.name, principalARN] { tx.remove(record) }
            let root = context.arns.rootPrincipal
            let value = tx.effectiveSetting(rule, for: principalARN, root: root).value ?? rule.defaultValue
            return ECS.DeleteAccountSettingResponse(setting: rule.described(value, principalARN: principalARN))
        }
    }
}
