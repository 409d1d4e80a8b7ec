import Testing

@testable import AgentMetadata

@Suite struct TaskRouteTests {
    @Test(arguments: [
        ("/v4/t-1", TaskRoute.metadata(.v4, .endpoint("t-1"), .container)),
        ("/v4/t-1/", .metadata(.v4, .endpoint("t-1"), .container)),
        ("/v4/t-1/task", .metadata(.v4, .endpoint("t-1"), .task(withTags: false))),
        ("/v4/t-1/tasks", .metadata(.v4, .endpoint("t-1"), .task(withTags: false))),
        ("/v4/t-1/taskWithTags", .metadata(.v4, .endpoint("t-1"), .task(withTags: true))),
        ("/v4/t-1/stats", .metadata(.v4, .endpoint("t-1"), .containerStats)),
        ("/v4/t-1/task/stats", .metadata(.v4, .endpoint("t-1"), .taskStats)),
        ("/v4/t-1/tasks/stats", .metadata(.v4, .endpoint("t-1"), .taskStats)),
        ("/v4/t-1/associations/elastic-inference", .metadata(.v4, .endpoint("t-1"), .associations)),
        ("/v4/t-1/associations/elastic-inference/a", .metadata(.v4, .endpoint("t-1"), .association)),
        ("/v3/t-1", .metadata(.v3, .endpoint("t-1"), .container)),
        ("/v3/t-1/task", .metadata(.v3, .endpoint("t-1"), .task(withTags: false))),
        ("/v3/t-1/taskWithTags", .metadata(.v3, .endpoint("t-1"), .task(withTags: true))),
        ("/v3/t-1/task/stats", .metadata(.v3, .endpoint("t-1"), .taskStats)),
        ("/v2/metadata", .metadata(.v2, .source(runtimeID: nil), .task(withTags: false))),
        ("/v2/metadataWithTags", .metadata(.v2, .source(runtimeID: nil), .task(withTags: true))),
        ("/v2/metadata/c1", .metadata(.v2, .source(runtimeID: "c1"), .container)),
        ("/v2/stats", .metadata(.v2, .source(runtimeID: nil), .taskStats)),
        ("/v2/stats/c1", .metadata(.v2, .source(runtimeID: "c1"), .containerStats)),
        ("/v2/credentials/abc", .credentials(.v2, id: "abc")),
        ("/v2/credentials", .credentials(.v2, id: "")),
        ("/v2/credentials/", .credentials(.v2, id: "")),
    ])
    func paths(path: String, route: TaskRoute) {
        #expect(TaskRoute(path: path, query: nil) == route)
    }

    @Test func version1NamesItsCredentialsInTheQuery() {
        #expect(TaskRoute(path: "/v1/credentials", query: "id=abc") == .credentials(.v1, id: "abc"))
        #expect(TaskRoute(path: "/v1/credentials", query: "id=") == .credentials(.v1, id: ""))
        #expect(TaskRoute(path: "/v1/credentials", query: nil) == .credentials(.v1, id: ""))
    }

    @Test(arguments: [
        "", "/", "//", "/v4", "/v4/", "/v5/t-1", "/v4/t-1/nothing", "/v4/t-1/task/nothing", "/v4/t-1/stats/more",
        "/v3/t-1/tasks", "/v3/t-1/tasks/stats", "/v4/t-1/associations", "/v4/t-1/associations/a/b/c", "/v2",
        "/v2/metadata/c1/more", "/v2/metadataWithTags/c1", "/v2/credentials/a/b", "/v1/credentials/a", "/v1",
        "/v4/../v1/credentials", "/metadata",
    ])
    func nothingThere(path: String) {
        #expect(TaskRoute(path: path, query: nil) == nil)
    }
}
