import FoundationEssentials
package import HTTPServer

/// Why the gateway says no. On the wire it looks like an AWS error, so that one reader of errors does for agents.
package struct GatewayRefusal: Error, Sendable {
    package var status: Int
    package var code: String
    package var message: String

    static func invalid(_ message: String) -> Self {
        .init(status: 400, code: "InvalidParameterException", message: message)
    }

    static func denied(_ message: String) -> Self {
        .init(status: 403, code: "AccessDeniedException", message: message)
    }

    /// The container instance is not registered (any more): the agent must register anew.
    static func inactive(_ message: String) -> Self {
        .init(status: 400, code: "InactiveInstanceException", message: message)
    }

    static func unavailable(_ message: String) -> Self {
        .init(status: 503, code: "ServiceUnavailableException", message: message)
    }

    private struct Body: Encodable {
        var type: String
        var message: String

        enum CodingKeys: String, CodingKey {
            case type = "__type"
            case message
        }
    }

    package var response: Response {
        // Two strings: there is nothing in them that JSON cannot hold.
        let body = (try? JSONEncoder().encode(Body(type: code, message: message))) ?? Data("{}".utf8)
        return Response(status: status, headers: ["Content-Type": "application/x-amz-json-1.1"], body: Array(body))
    }
}

extension Response {
    static func json(_ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        return Response(
            status: 200, headers: ["Content-Type": "application/json"], body: Array(try encoder.encode(value)))
    }
}
