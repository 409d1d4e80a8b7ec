/// What the program in a simulated container does, as the tag of its image says: the image `web:crashes` crashes. With
/// any other tag it runs until it is stopped, and is healthy if it is asked.
package enum SimulatedProgram: String, Sendable, CaseIterable {
    case works
    /// Its container cannot be started.
    case failsToStart = "fails-to-start"
    /// It ends by itself some time after it was RUNNING.
    case crashes
    /// It fails its health check, at once or after a while. Without a health check nobody notices.
    case turnsUnhealthy = "turns-unhealthy"

    package init(image: String) {
        let tag = image.split(separator: ":", omittingEmptySubsequences: false).dropFirst().last
        self = tag.flatMap { Self(rawValue: String($0)) } ?? .works
    }
}
