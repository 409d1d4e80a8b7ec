extension DockerArguments {
    static let listAll = ["ps", "--all", "--no-trunc", "--quiet"]

    /// Fields between tabs: no value of them has one.
    static let images = [
        "image", "ls", "--no-trunc", "--digests", "--format={{.ID}}\t{{.Repository}}\t{{.Tag}}\t{{.Digest}}",
    ]

    static func inspectUses(_ ids: [String]) -> [String] {
        let labels = [ContainerLabels.agent, ContainerLabels.taskArn].map {
            #"{{json (index .Config.Labels "\#($0)")}}"#
        }
        let fields = ["{{.Id}}", "{{.Image}}", "{{.State.Status}}"] + labels
        return ["inspect", "--type=container", "--format=\(fields.joined(separator: "\t"))", "--"] + ids
    }

    /// Not forced: what a container uses stays.
    static func removeImages(_ references: [String]) -> [String] { ["image", "rm", "--"] + references }

    static func removeStopped(_ ids: [String]) -> [String] { ["rm", "--"] + ids }
}
