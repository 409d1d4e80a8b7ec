/// What image clean-up may take. The names in brackets are the agent's settings.
///
/// - Source: spec/ecs-runtime.md section 7, "Image cleanup".
package struct ImageCleanupPolicy: Sendable, Hashable {
    /// (ECS_DISABLE_IMAGE_CLEANUP; ECS_IMAGE_PULL_BEHAVIOR=prefer-cached)
    package var isEnabled = true
    /// (ECS_IMAGE_CLEANUP_INTERVAL)
    package var interval: Duration = .seconds(1800)
    /// How long ago an image was pulled before it may go (ECS_IMAGE_MINIMUM_CLEANUP_AGE).
    package var minimumAge: Duration = .seconds(3600)
    /// Images, and stopped containers that no agent made, that one round takes (ECS_NUM_IMAGES_DELETE_PER_CYCLE).
    package var limit = 5
    /// Whether what this agent did not make is cleaned up as well (ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP).
    package var includesUntracked = false
    /// How long such an image is left alone (NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE).
    package var untrackedMinimumAge: Duration = .seconds(3600)
    /// How long such a container is left alone once it has stopped (ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION).
    package var untrackedContainerAge: Duration = .seconds(3 * 3600)
    /// Images that stay, whoever pulled them (ECS_EXCLUDE_UNTRACKED_IMAGE).
    package var excluded: [String] = []

    package init() {}
}
