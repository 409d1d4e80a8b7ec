import AWSModels

extension TaskDefinitionRule {
    /// Names, images and what makes a task whole.
    ///
    /// - Source: ECS core rules, 7.1 and 7.3.
    static let identity: [Self] = [
        Self("family") { request in
            guard let family = request.family, !family.isEmpty else { return "Family should not be null or empty." }
            return Names.isResourceName(family) ? nil : "Family contains invalid characters."
        },
        Self("containerDefinitions") { request in
            let count = request.containerDefinitions?.count ?? 0
            if count == 0 { return "Container list cannot be empty." }
            return count > Limits.containersPerTaskDefinition.value ? "Too many containers." : nil
        },
        .container("name") { container, _ in
            guard let name = container.name, !name.isEmpty else { return "Container.name should not be null or empty." }
            return Names.isResourceName(name) ? nil : "Container.name contains invalid characters."
        },
        Self("containerDefinitions[].name") { request in
            RuleText.duplicate((request.containerDefinitions ?? []).compactMap(\.name)) == nil
                ? nil : "Container names must be unique within a task definition"
        },
        .container("image") { container, _ in
            guard let image = container.image, !image.isEmpty else {
                return "Container.image should not be null or empty."
            }
            return isImageReference(image) ? nil : "Container.image contains invalid characters."
        },
        .container("image") { container, _ in
            guard let digest = container.image?.split(separator: "@", omittingEmptySubsequences: false).dropFirst(),
                !digest.isEmpty
            else { return nil }
            return digest.count == 1 && digest.allSatisfy(isDigest)
                ? nil
                : "Invalid 'image' setting for container '\(container.shownName)'. A digest must be sha256: and 64 "
                    + "hexadecimal digits."
        },
        Self("containerDefinitions[].essential") { request in
            (request.containerDefinitions ?? []).contains { $0.essential != false }
                ? nil : "Task definition doesn't have any essential container"
        },
    ]

    /// Letters, digits and what separates registry, repository, tag and digest; at most 255 characters before `@`.
    private static func isImageReference(_ image: String) -> Bool {
        let name = image.prefix { $0 != "@" }
        guard name.utf8.count <= Limits.imageNameLength.value, let first = name.utf8.first,
            RuleText.isLetter(first) || RuleText.isDigit(first)
        else { return false }
        return image.utf8.allSatisfy { RuleText.isLetter($0) || RuleText.isDigit($0) || "-_./:@#".utf8.contains($0) }
    }

    private static func isDigest(_ text: Substring) -> Bool {
        let prefix = "sha256:"
        let digits = text.utf8.dropFirst(prefix.utf8.count)
        return text.hasPrefix(prefix) && digits.count == 64
            && digits.allSatisfy { RuleText.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }
}
