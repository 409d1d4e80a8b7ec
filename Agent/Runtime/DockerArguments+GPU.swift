extension DockerArguments {
    /// The GPUs of the host that the container sees.
    ///
    /// With NVIDIA's runtime, that runtime reads them from the environment (``gpuVariables(_:)``): this is how ECS's
    /// agent does it on EC2. Without, docker asks NVIDIA's toolkit itself, as ECS's agent has it do on external
    /// instances; `--gpus` is a line of CSV, so that a list of devices is one quoted field of it.
    ///
    /// - Source: amazon-ecs-agent, agent/api/task/task.go, addGPUResource and getContainerResources; docker CLI
    ///   reference, `docker run --gpus`.
    static func gpus(_ launch: ContainerLaunch) throws(RuntimeError) -> [String] {
        guard !launch.gpuIDs.isEmpty else { return [] }
        for id in launch.gpuIDs where !isDeviceID(id) {
            throw .init(code: .cannotCreate, message: "\"\(id.prefix(100))\" cannot be the id of a GPU")
        }
        if let runtime = launch.gpuRuntime { return ["--runtime=\(runtime)"] }
        return ["--gpus=\(try list(["device=\(launch.gpuIDs.joined(separator: ","))"]))"]
    }

    /// What wins over the container's own environment: no task may reach for a GPU that another has.
    static func gpuVariables(_ launch: ContainerLaunch) -> [ContainerLaunch.Variable] {
        guard !launch.gpuIDs.isEmpty else { return [] }
        return [.init(name: "NVIDIA_VISIBLE_DEVICES", value: launch.gpuIDs.joined(separator: ","))]
    }

    private static func isDeviceID(_ id: String) -> Bool {
        !id.isEmpty
            && id.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", ":", "/": true
                default: false
                }
            }
    }
}
