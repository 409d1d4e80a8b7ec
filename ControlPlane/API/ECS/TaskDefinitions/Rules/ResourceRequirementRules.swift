import AWSModels

extension TaskDefinitionRule {
    /// GPUs; Elastic Inference is no more.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, ResourceRequirement.
    static let resourceRequirements: [Self] = [
        .container("resourceRequirements[].type") { container, _ in
            (container.resourceRequirements ?? []).contains { $0.type == .inferenceAccelerator }
                ? "Unsupported resource type 'InferenceAccelerator' for container '\(container.shownName)'" : nil
        },
        .container("resourceRequirements[].value") { container, _ in
            let requirements = container.resourceRequirements ?? []
            if requirements.count > 1 {
                return "Container '\(container.shownName)' can require GPU only once; found \(requirements.count) "
                    + "resourceRequirements."
            }
            let bad = requirements.first { !(1...Limits.gpusPerContainer.value).contains(count($0)) }
            return bad.map {
                "Invalid 'resourceRequirements' setting for container '\(container.shownName)'. The number of "
                    + "GPUs must "
                    + "be a positive integer; found '\(RuleText.shown($0.value))'."
            }
        },
    ]

    private static func count(_ requirement: ECS.ResourceRequirement) -> Int {
        RuleText.number(requirement.value ?? "") ?? 0
    }
}
