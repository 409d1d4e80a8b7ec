import AWSModels

extension TaskDefinitionRule {
    /// Names, images and what makes a task whole.
    ///
    /// - Source: ECS core rules, 7.1 and 7.3.
    static let identity: [Self] = [
        Self("family") { request in
            Names.isResourceName(request.family ?? "")
                ? nil : "Family must be 1 to 255 letters, digits, hyphens and underscores."
        },
        Self("containerDefinitions") { request in
            let count = request.containerDefinitions?.count ?? 0
            if count == 0 { return "Container definitions list cannot be empty." }
            return count > 10 ? "A task definition can have at most 10 containers; found \(count)." : nil
        },
        .container("name") { container, _ in
            guard let name = container.name, !name.isEmpty else { return "Container.name should not be null or empty." }
            return Names.isResourceName(name)
                ? nil : "Container.name must be 1 to 255 letters, digits, hyphens and underscores."
        },
        Self("containerDefinitions[].name") { request in
            let names = (request.containerDefinitions ?? []).compactMap(\.name)
            return Set(names).count == names.count ? nil : "Container names must be unique within a task definition"
        },
        .container("image") { container, _ in
            guard let image = container.image, !image.isEmpty else {
                return "Container.image should not be null or empty."
            }
            return isImageReference(image) ? nil : "Container.image contains invalid characters."
        },
        Self("containerDefinitions[].essential") { request in
            (request.containerDefinitions ?? []).contains { $0.essential != false }
                ? nil : "Task definition doesn't have any essential container"
        },
        .container("environment") { container, _ in
            for variable in container.environment ?? [] {
                guard let name = variable.name, !name.isEmpty else {
                    return "Container '\(container.name ?? "")' has an environment variable without a name."
                }
                if name.contains("=") || hasNUL(name) || hasNUL(variable.value ?? "") {
                    return "The environment variable '\(name.prefix(60))' of container '\(container.name ?? "")' "
                        + "contains a character that no environment can hold."
                }
            }
            return nil
        },
        .container("command, entryPoint, user, workingDirectory, dockerLabels") { container, _ in
            var texts = (container.command ?? []) + (container.entryPoint ?? [])
            texts += [container.user, container.workingDirectory].compactMap { $0 }
            for (key, value) in container.dockerLabels ?? [:] { texts += [key, value] }
            return texts.contains(where: hasNUL)
                ? "Container '\(container.name ?? "")' has a value that contains a NUL character." : nil
        },
        .container("user") { container, _ in
            guard let user = container.user, !user.isEmpty else { return nil }
            let isPlain = user.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !user.hasPrefix("-")
            return isPlain ? nil : "The user of container '\(container.name ?? "")' must be user[:group] or uid[:gid]."
        },
        .container("workingDirectory") { container, _ in
            guard let directory = container.workingDirectory, !directory.isEmpty else { return nil }
            return directory.hasPrefix("/")
                ? nil : "The workingDirectory of container '\(container.name ?? "")' must be an absolute path."
        },
        .container("dockerLabels") { container, _ in
            for key in (container.dockerLabels ?? [:]).keys.sorted() {
                if key.isEmpty || key.contains("=") {
                    return "Container '\(container.name ?? "")' has a docker label whose key is empty or contains '='."
                }
                if key.hasPrefix("com.amazonaws.ecs.") || key.hasPrefix("stevedore.") {
                    return "The docker label '\(key)' of container '\(container.name ?? "")' is reserved."
                }
            }
            return nil
        },
    ]

    private static func hasNUL(_ text: String) -> Bool { text.utf8.contains(0) }

    /// Letters, digits and what separates registry, repository, tag and digest; at most 255 characters before `@`.
    private static func isImageReference(_ image: String) -> Bool {
        let name = image.prefix { $0 != "@" }
        guard name.utf8.count <= 255, let first = name.utf8.first, isAlphanumeric(first) else { return false }
        return image.utf8.allSatisfy { isAlphanumeric($0) || "-_./:@".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
