import AWSModels
import AWSProtocol

extension TaskDefinitionRule {
    /// Holds an override of a container to what registration asks of the same fields.
    ///
    /// - Throws: InvalidParameterException for the first rule that the override breaks.
    static func check(override container: ECS.ContainerOverride) throws(AWSError) {
        let name = container.name ?? ""
        var candidate = ECS.ContainerDefinition()
        candidate.name = Names.isResourceName(name) ? name : "container"
        candidate.image = "image"
        candidate.command = container.command
        candidate.environment = container.environment
        candidate.environmentFiles = container.environmentFiles
        candidate.cpu = container.cpu
        // The definition has the memory that the override does not give.
        candidate.memory = container.memory ?? container.memoryReservation ?? Limits.containerMemory.value
        candidate.memoryReservation = container.memoryReservation
        candidate.resourceRequirements = container.resourceRequirements
        var request = ECS.RegisterTaskDefinitionRequest()
        request.family = "family"
        request.containerDefinitions = [candidate]
        for rule in common {
            if let problem = rule.violation(request) { throw .invalidParameter("Invalid override: \(problem)") }
        }
    }
}
