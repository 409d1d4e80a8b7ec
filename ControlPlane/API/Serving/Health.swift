package import ControlPlaneState
package import HTTPServer

extension APIServer {
    /// `GET /healthz`: this process answers. `GET /readyz`: its state is loaded and can be written.
    package static func healthRoutes(state: ClusterState) -> [String: Route] {
        [
            "/healthz": Route("GET", access: .open { _ in .text(200, "ok\n") }),
            "/readyz": Route(
                "GET",
                access: .open { _ in
                    if let failure = state.failure { return .text(503, "\(failure)\n") }
                    return .text(200, "ok\n")
                }),
        ]
    }
}

extension Response {
    package static func text(_ status: Int, _ text: String) -> Response {
        Response(status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
    }
}
