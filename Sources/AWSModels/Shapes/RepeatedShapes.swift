extension ECS.TaskOverride {
    /// All tasks of one request have the same.
    package static var isOftenRepeated: Bool { true }
}
