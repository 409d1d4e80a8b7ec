import AWSModels

extension TaskDefinitionRule {
    /// What ECS Anywhere has not.
    ///
    /// - Source: ECS Developer Guide, "Amazon ECS clusters for the external launch type"; ECS core rules, 7.1.
    static let external: [Self] = [
        Self("networkMode", for: .external) {
            $0.networkMode == .awsvpc
                ? "Tasks using the External launch type do not support networkMode 'awsvpc'. The supported values are "
                    + "'bridge', 'host' and 'none'." : nil
        },
        Self("enableFaultInjection", for: .external) {
            $0.enableFaultInjection == true
                ? "Tasks using the External launch type do not support enableFaultInjection" : nil
        },
    ]
}
