package import AgentEngine
import Support

/// The settings that keep the agent a good guest on its host.
///
/// - Source: spec/ecs-runtime.md section 7; the minima are the Amazon ECS agent's.
package struct Housekeeping: Sendable, Hashable {
    package var cleanUpJitterSeconds: Double
    package var images: ImageCleanupPolicy
    package var runtimeCheckInterval: Duration

    /// A runtime that takes longer than this to say that it is there counts as impaired.
    package var runtimeCheckTimeout: Duration { min(.seconds(10), max(.seconds(2), runtimeCheckInterval)) }

    static let settings: [Setting] = [
        .init(
            variable: "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER", default: "0s",
            help: "The containers of each stopped task stay up to so much longer."),
        .init(
            variable: "ECS_DISABLE_IMAGE_CLEANUP", default: "false", help: "Whether all images stay for ever."),
        .init(
            variable: "ECS_IMAGE_CLEANUP_INTERVAL", default: "30m",
            help: "How often images that are no longer used are removed."),
        .init(
            variable: "ECS_IMAGE_MINIMUM_CLEANUP_AGE", default: "1h",
            help: "How long an image stays at least after it was pulled."),
        .init(
            variable: "ECS_NUM_IMAGES_DELETE_PER_CYCLE", default: "5", help: "How many images are removed at a time."),
        .init(
            variable: "ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP", default: "false",
            help: "Whether stopped containers and unused images that are not the agent's are removed as well."),
        .init(
            variable: "NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE", default: "1h",
            help: "How long such an image is unused before it is removed."),
        .init(
            variable: "ECS_EXCLUDE_UNTRACKED_IMAGE",
            help: "Images that are never removed, with commas between them."),
        .init(
            variable: "STEVEDORE_RUNTIME_CHECK_INTERVAL", default: "1m",
            help: "How often the container runtime is asked whether it still answers."),
    ]

    init(_ values: SettingValues) throws(ConfigurationError) {
        cleanUpJitterSeconds = try values.seconds("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER", atLeast: 0)
        runtimeCheckInterval = .seconds(try values.seconds("STEVEDORE_RUNTIME_CHECK_INTERVAL", atLeast: 1))
        images = ImageCleanupPolicy()
        images.isEnabled =
            try !values.isTrue("ECS_DISABLE_IMAGE_CLEANUP")
            && values.text("ECS_IMAGE_PULL_BEHAVIOR") != EngineConfiguration.ImagePullBehavior.preferCached.rawValue
        images.interval = .seconds(try values.seconds("ECS_IMAGE_CLEANUP_INTERVAL", atLeast: 600))
        images.minimumAge = .seconds(try values.seconds("ECS_IMAGE_MINIMUM_CLEANUP_AGE", atLeast: 0))
        images.limit =
            try values.value("ECS_NUM_IMAGES_DELETE_PER_CYCLE", expected: "a number from 1 to 1000") {
                Int($0).flatMap { (1...1000).contains($0) ? $0 : nil }
            } ?? images.limit
        images.includesUntracked = try values.isTrue("ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP")
        images.untrackedMinimumAge = .seconds(try values.seconds("NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE", atLeast: 0))
        images.untrackedContainerAge = .seconds(try values.seconds("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", atLeast: 1))
        images.excluded = (values.text("ECS_EXCLUDE_UNTRACKED_IMAGE") ?? "").split(separator: ",").map { name in
            name.filter { !$0.isWhitespace }
        }.filter { !$0.isEmpty }
    }

    package func apply(to configuration: inout EngineConfiguration) {
        configuration.cleanUpJitterSeconds = cleanUpJitterSeconds
        configuration.imageCleanup = images
        configuration.healthInterval = runtimeCheckInterval
    }
}
