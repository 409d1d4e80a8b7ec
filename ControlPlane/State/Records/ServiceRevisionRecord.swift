package import FoundationEssentials

/// What one deployment of a service was asked to bring about. It never changes.
///
/// - Source: API Reference, ServiceRevision.
package struct ServiceRevisionRecord: StoredRecord, Hashable {
    package static let kind = "serviceRevision"
    package static let version = 1
    package var storeKey: String { id.description }

    package struct Image: Codable, Sendable, Hashable {
        package var container: String
        package var image: String

        package init(container: String, image: String) {
            self.container = container
            self.image = image
        }
    }

    package var id: ServiceRevisionID
    package var service: ServiceID
    package var tasks: TaskConfiguration
    /// Those of the task definition, which may be deleted one day.
    package var images: [Image]
    package var createdAt: Date

    package init(
        id: ServiceRevisionID, service: ServiceID, tasks: TaskConfiguration, images: [Image], createdAt: Date
    ) {
        self.id = id
        self.service = service
        self.tasks = tasks
        self.images = images
        self.createdAt = createdAt
    }
}
