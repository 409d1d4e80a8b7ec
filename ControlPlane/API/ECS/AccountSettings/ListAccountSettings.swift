import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// What the principal has set, by the settings' names; with `effectiveSettings`, what each setting is for it.
    ///
    /// - Source: API Reference, ListAccountSettings.
    func listAccountSettings(
        _ input: ECS.ListAccountSettingsRequest, _ caller: Caller
    ) async throws(AWSError) -> ECS.ListAccountSettingsResponse {
        let request = try PageRequest(
            maxResults: input.maxResults, nextToken: input.nextToken, scope: "accountSettings",
            limit: Limits.accountSettingsPage)
        let principalARN = try Principals.checked(input.principalArn, caller: caller, context.arns)
        let rules = try input.name.map { name throws(AWSError) in [try AccountSettingRule.named(name)] }
        guard input.value == nil || rules != nil else {
            throw .invalidParameter("value filters the settings of one name: give the name as well.")
        }
        let wanted = (rules ?? AccountSettingRule.all).sorted { $0.name.rawValue < $1.name.rawValue }
        return try await context.view { tables throws(AWSError) in
            var settings = request.collector(of: ECS.Setting.self)
            for rule in wanted where rule.name.rawValue > request.after ?? "" {
                let setting =
                    input.effectiveSettings == true
                    ? tables.effectiveSetting(rule, for: principalARN, root: context.arns.rootPrincipal)
                    : tables.accountSettings[rule.name, principalARN].map {
                        rule.described($0.value, principalARN: principalARN)
                    }
                guard let setting, input.value == nil || input.value == setting.value else { continue }
                guard settings.take(setting) else { break }
            }
            let page = request.page(settings) { $0.name?.rawValue ?? "" }
            return ECS.ListAccountSettingsResponse(nextToken: page.nextToken, settings: page.items)
        }
    }
}
