extension DockerArguments {
    /// Namespaces, the cgroup, mounts and GPUs.
    static func resources(_ launch: ContainerLaunch) throws(RuntimeError) -> [String] { [] }
}
