import AWSModels
import AWSProtocol

/// The errors of the ECS API, with the words that ECS uses where they are known.
///
/// - Source: the service model's exceptions (all HTTP 400 but ServerException).
extension AWSError {
    static let clusterNotFound = AWSError(code: "ClusterNotFoundException", message: "Cluster not found.")
    static let clusterInactive = AWSError(
        code: "ClusterNotFoundException", message: "The referenced cluster was inactive.")
    static let clusterContainsContainerInstances = AWSError(
        code: "ClusterContainsContainerInstancesException",
        message: "The Cluster cannot be deleted while Container Instances are active or draining.")
    static let clusterContainsTasks = AWSError(
        code: "ClusterContainsTasksException", message: "The Cluster cannot be deleted while Tasks are active.")
    static let clusterContainsServices = AWSError(
        code: "ClusterContainsServicesException", message: "The Cluster cannot be deleted while Services are active.")
    static let serviceNotFound = AWSError(code: "ServiceNotFoundException", message: "Service not found.")
    static let serviceNotActive = AWSError(code: "ServiceNotActiveException", message: "Service was not ACTIVE.")
    static let taskSetNotFound = AWSError(
        code: "TaskSetNotFoundException", message: "The specified task set does not exist.")
    static let capacityProviderInUse = AWSError(
        code: "ResourceInUseException", message: "The specified capacity provider is in use and cannot be removed.")

    /// For a feature that ECS's own model calls unsupported where it is not there, such as Fargate.
    static func unsupportedFeature(_ message: String) -> AWSError {
        AWSError(ECS.Errors.unsupportedFeatureException, message)
    }

    /// For what ECS has and this version does not: named, so that nobody waits for an effect that will not come.
    static func notSupportedYet(_ what: String) -> AWSError {
        .invalidParameter("\(what) is not supported by this version of Stevedore.")
    }
}
