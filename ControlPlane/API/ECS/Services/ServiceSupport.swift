import AWSModels
import AWSProtocol

/// One field of a request about a service that has no effect yet, and is refused so that nobody waits for one. Whoever
/// makes a field work takes its line off this list.
///
/// What asks for nothing is let pass: empty lists, Service Connect that is not enabled, alarms that are not.
struct ServiceSupport: Sendable {
    /// The field as the API names it, and the value where only some values are not supported.
    let field: String
    private let asks: @Sendable (ServiceRequest) -> Bool

    private init(_ field: String, _ asks: @escaping @Sendable (ServiceRequest) -> Bool) {
        self.field = field
        self.asks = asks
    }

    /// - Throws: InvalidParameterException that names the first field that the request asks for in vain;
    ///   UnsupportedFeatureException for a deployment controller.
    static func check(_ request: ServiceRequest) throws(AWSError) {
        if request.deploymentController == .codeDeploy {
            throw .unsupportedFeature(
                "The deployment controller CODE_DEPLOY is not supported by this version of Stevedore: it moves traffic "
                    + "between load balancers' target groups.")
        }
        for support in missing where support.asks(request) { throw .notSupportedYet(support.field) }
    }

    static let missing: [Self] = [
        Self("loadBalancers") { $0.loadBalancers.given != nil },
        Self("serviceRegistries") { $0.serviceRegistries.given != nil },
        Self("serviceConnectConfiguration") { $0.serviceConnectConfiguration?.enabled == true },
        Self("vpcLatticeConfigurations") { $0.vpcLatticeConfigurations.given != nil },
        Self("volumeConfigurations") { $0.volumeConfigurations.given != nil },
        Self("deploymentConfiguration.alarms") { request in
            let alarms = request.deploymentConfiguration?.alarms
            return alarms?.enable == true || alarms?.alarmNames.given != nil
        },
        Self("deploymentConfiguration.strategy BLUE_GREEN") { $0.deploymentConfiguration?.strategy == .blueGreen },
        Self("deploymentConfiguration.strategy LINEAR") { $0.deploymentConfiguration?.strategy == .linear },
        Self("deploymentConfiguration.strategy CANARY") { $0.deploymentConfiguration?.strategy == .canary },
        Self("deploymentConfiguration.lifecycleHooks") { $0.deploymentConfiguration?.lifecycleHooks.given != nil },
        Self("deploymentConfiguration.linearConfiguration") { $0.deploymentConfiguration?.linearConfiguration != nil },
        Self("deploymentConfiguration.canaryConfiguration") { $0.deploymentConfiguration?.canaryConfiguration != nil },
        Self("deploymentConfiguration.bakeTimeInMinutes") { request in
            (request.deploymentConfiguration?.bakeTimeInMinutes ?? 0) != 0
        },
    ]
}
