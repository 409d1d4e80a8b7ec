import HTTPServer

/// What a task asks for, as its request's path says.
///
/// - Source: ECS Developer Guide, "Task metadata endpoint version 4", "… version 3" and "… version 2";
///   spec/ecs-runtime.md section 6.
enum TaskRoute: Hashable {
    enum Version: String, Hashable {
        case v2 = "V2"
        case v3 = "V3"
        case v4 = "V4"
    }

    /// Whose containers are meant.
    enum Subject: Hashable {
        /// By the id in the container's own URI.
        case endpoint(String)
        /// By the address that asks; version 2 knows no ids, and may name one of the task's containers.
        case source(runtimeID: String?)
    }

    enum Item: Hashable {
        case container
        case task(withTags: Bool)
        case containerStats
        case taskStats
        /// Elastic Inference was the only thing ever associated: there is none.
        case associations
        case association
    }

    case metadata(Version, Subject, Item)
    /// The id is empty where there is none.
    case credentials(CredentialsVersion, id: String)

    enum CredentialsVersion: String, Hashable {
        case v1 = "CredentialsV1Request"
        case v2 = "CredentialsV2Request"
    }

    /// - Returns: nil where there is nothing.
    init?(path: String, query: String?) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("v1", "credentials") where parts.count == 2:
            self = .credentials(.v1, id: QueryMembers(query ?? "")["id"] ?? "")
        case ("v2", "credentials") where parts.count <= 3:
            self = .credentials(.v2, id: parts.count == 3 ? parts[2] : "")
        case ("v2", let name?):
            guard let route = Self.version2(name, Array(parts.dropFirst(2))) else { return nil }
            self = route
        case ("v3", let id?):
            guard let item = Self.item(Array(parts.dropFirst(2)), .v3) else { return nil }
            self = .metadata(.v3, .endpoint(id), item)
        case ("v4", let id?):
            guard let item = Self.item(Array(parts.dropFirst(2)), .v4) else { return nil }
            self = .metadata(.v4, .endpoint(id), item)
        default: return nil
        }
    }

    private static func version2(_ name: String, _ rest: [String]) -> TaskRoute? {
        let subject = Subject.source(runtimeID: rest.first)
        switch (name, rest.count) {
        case ("metadata", 0): return .metadata(.v2, subject, .task(withTags: false))
        case ("metadataWithTags", 0): return .metadata(.v2, subject, .task(withTags: true))
        case ("metadata", 1): return .metadata(.v2, subject, .container)
        case ("stats", 0): return .metadata(.v2, subject, .taskStats)
        case ("stats", 1): return .metadata(.v2, subject, .containerStats)
        default: return nil
        }
    }

    private static func item(_ parts: [String], _ version: Version) -> Item? {
        switch parts {
        case []: .container
        case ["task"]: .task(withTags: false)
        case ["tasks"] where version == .v4: .task(withTags: false)
        case ["taskWithTags"]: .task(withTags: true)
        case ["stats"]: .containerStats
        case ["task", "stats"]: .taskStats
        case ["tasks", "stats"] where version == .v4: .taskStats
        case _ where parts.first == "associations" && parts.count == 2: .associations
        case _ where parts.first == "associations" && parts.count == 3: .association
        default: nil
        }
    }
}
