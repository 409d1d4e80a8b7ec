/// The version of both executables: what `--version` prints and what agents register as `agentVersion`.
package enum StevedoreVersion {
    package static let current = "0.1.0"
}
