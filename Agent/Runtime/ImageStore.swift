/// What image clean-up needs of a runtime. It looks at everything on the host, and removes by name.
package protocol ImageStore: Sendable {
    func images() async throws(RuntimeError) -> [RuntimeImage]

    /// All containers of the runtime, whoever made them.
    func imageUses() async throws(RuntimeError) -> [ImageUse]

    /// Removes names (which removes the image with the last of them) or ids, and leaves what is in use.
    ///
    /// - Returns: those that are gone.
    func removeImages(_ references: [String]) async throws(RuntimeError) -> Set<String>

    /// Removes containers that have stopped, and leaves their volumes, and those that run again.
    func removeStopped(_ ids: [String]) async throws(RuntimeError)
}

package struct RuntimeImage: Sendable, Hashable {
    package var id: String
    /// `repository:tag`, or `repository@digest` for one that has no tag.
    package var names: [String]

    package init(id: String, names: [String]) {
        self.id = id
        self.names = names
    }
}

/// A container, as far as it keeps an image.
package struct ImageUse: Sendable, Hashable {
    package var containerID: String
    package var imageID: String
    package var isStopped: Bool
    package enum Maker: Sendable, Hashable {
        case thisAgent
        /// An agent of another data directory, or ECS's own.
        case otherAgent
        case somethingElse
    }

    package var maker: Maker

    package init(containerID: String, imageID: String, isStopped: Bool, maker: Maker) {
        self.containerID = containerID
        self.imageID = imageID
        self.isStopped = isStopped
        self.maker = maker
    }
}
