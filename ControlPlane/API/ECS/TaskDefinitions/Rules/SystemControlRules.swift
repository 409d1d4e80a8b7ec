import AWSModels

extension TaskDefinitionRule {
    /// Kernel parameters that belong to a namespace of the container, not to the host.
    ///
    /// - Source: ECS core rules, 7.3; API Reference, SystemControl.
    static let systemControls: [Self] = [
        .container("systemControls[].namespace") { container, _ in
            for control in container.systemControls ?? [] {
                let namespace = control.namespace ?? ""
                if !RuleText.isPlainWord(namespace) || namespace.contains("=")
                    || !(isNetwork(namespace) || isInterprocess(namespace))
                {
                    return "Invalid 'systemControls' setting for container '\(container.shownName)'. "
                        + "'\(RuleText.shown(namespace))' is not a namespaced kernel parameter."
                }
            }
            return nil
        },
        .container("systemControls[].namespace") { container, _ in
            RuleText.duplicate((container.systemControls ?? []).compactMap(\.namespace)).map {
                "Invalid 'systemControls' setting for container '\(container.shownName)'. '\(RuleText.shown($0))' is "
                    + "given more than once."
            }
        },
        .container("systemControls[].value") { container, _ in
            let bad = (container.systemControls ?? []).first { control in
                let value = control.value ?? ""
                return value.isEmpty || value.utf8.contains { $0 < 0x20 && $0 != 0x09 }
            }
            return bad.map {
                "Invalid 'systemControls' setting for container '\(container.shownName)'. The value of "
                    + "'\(RuleText.shown($0.namespace))' must be text without control characters."
            }
        },
        .container("systemControls[].namespace") { container, request in
            guard request.networkMode == .host else { return nil }
            return (container.systemControls ?? []).compactMap(\.namespace).first(where: isNetwork).map {
                "The systemControls namespace '\(RuleText.shown($0))' is not supported when networkMode=host."
            }
        },
        .container("systemControls[].namespace") { container, request in
            guard request.ipcMode == .host else { return nil }
            return (container.systemControls ?? []).compactMap(\.namespace).first(where: isInterprocess).map {
                "The systemControls namespace '\(RuleText.shown($0))' is not supported when ipcMode=host."
            }
        },
    ]

    private static let interprocess: Set<String> = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced",
    ]

    private static func isNetwork(_ namespace: String) -> Bool { namespace.hasPrefix("net.") }

    private static func isInterprocess(_ namespace: String) -> Bool {
        interprocess.contains(namespace) || namespace.hasPrefix("fs.mqueue.")
    }
}
