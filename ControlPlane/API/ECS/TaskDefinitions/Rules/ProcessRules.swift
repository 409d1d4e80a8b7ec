import AWSModels

extension TaskDefinitionRule {
    /// What a container runs, as whom and where, and what is written on it.
    ///
    /// - Source: ECS core rules, 7.3. ECS leaves what follows to Docker; an agent must never get it.
    static let process: [Self] = [
        .container("command, entryPoint, user, workingDirectory, dockerLabels") { container, _ in
            var texts = (container.command ?? []) + (container.entryPoint ?? [])
            texts += [container.user, container.workingDirectory].compactMap { $0 }
            for (key, value) in container.dockerLabels ?? [:] { texts += [key, value] }
            return texts.contains(where: RuleText.hasNUL)
                ? "Container '\(container.shownName)' has a value that contains a NUL character." : nil
        },
        .container("user") { container, _ in
            guard let user = container.user, !user.isEmpty, !RuleText.isPlainWord(user) else { return nil }
            return "The user of container '\(container.shownName)' must be user[:group] or uid[:gid]."
        },
        .container("workingDirectory") { container, request in
            guard let directory = container.workingDirectory, !directory.isEmpty,
                !RuleText.isAbsolutePath(directory, of: request)
            else { return nil }
            return "The workingDirectory of container '\(container.shownName)' must be an absolute path."
        },
        .container("dockerLabels") { container, _ in
            for key in (container.dockerLabels ?? [:]).keys.sorted() {
                if key.isEmpty || key.contains("=") {
                    return "Container '\(container.shownName)' has a docker label whose key is empty or contains '='."
                }
                if key.hasPrefix("com.amazonaws.ecs.") || key.hasPrefix("stevedore.") {
                    return
                        "The docker label '\(RuleText.shown(key))' of container '\(container.shownName)' is reserved."
                }
            }
            return nil
        },
    ]
}
