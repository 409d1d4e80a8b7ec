import AWSModels
package import AWSProtocol
import ControlPlaneState
package import HTTPServer
package import Support

/// Everything that the control plane's one port answers: AWS services by `X-Amz-Target`, health by path, and the
/// agents' conversation by path.
///
/// In this order: request id, route, signature, operation. What goes wrong on the way is an AWS error body.
package struct APIServer: Sendable {
    /// A path that is not an AWS operation.
    package struct Route: Sendable {
        /// Who may ask, and who answers.
        package enum Access: Sendable {
            /// Nobody need sign.
            case open(@Sendable (Request) async -> Response)
            /// Signed by an agent, or with the root key. No policy lets a user in: agents are given secrets here.
            case agents(@Sendable (Request, Caller) async -> Response)
            /// Signed with the root key, or by a user whose policy allows the action on what the request is about.
            case action(
                String, about: @Sendable (Request) throws(AWSError) -> [AccessSubject],
                @Sendable (Request, Caller) async -> Response)
        }

        var methods: [String]
        var access: Access

        package init(_ methods: String..., access: Access) {
            self.methods = methods
            self.access = access
        }

        /// - Throws: AccessDeniedException if the caller may not ask.
        package func respond(to request: Request, by caller: Caller) async throws(AWSError) -> Response {
            switch access {
            case .open(let handle): return await handle(request)
            case .agents(let handle):
                if case .user = caller.principal { throw .accessDenied(caller.arn, "ecs:Poll") }
                return await handle(request, caller)
            case .action(let action, let subjects, let handle):
                if caller.isAgent { throw .accessDenied(caller.arn, action) }
                try caller.check(mayDo: action) { () throws(AWSError) in try subjects(request) }
                return await handle(request, caller)
            }
        }
    }

    private static let signingName = "ecs"

    private let services: [String: OperationTable]
    private let routes: [String: Route]
    /// Of paths in which a segment may be anything.
    private let patterns: [(segments: [Substring], route: Route)]
    private let authenticator: Authenticator
    private let random: RandomSource
    private let log: Logger

    /// - Parameter routes: by path; a segment `*` stands for any.
    package init(
        services: [OperationTable], routes: [String: Route], authenticator: Authenticator,
        random: RandomSource = .system, log: Logger
    ) {
        self.services = Dictionary(services.map { ($0.metadata.targetPrefix, $0) }) { first, _ in first }
        self.routes = routes.filter { !$0.key.contains("*") }
        patterns = routes.filter { $0.key.contains("*") }.map { (Self.segments($0.key), $0.value) }
        self.authenticator = authenticator
        self.random = random
        self.log = log
    }

    package func handle(_ request: Request) async -> Response {
        let requestID = random.uuid()
        var response = await respond(to: request, requestID: requestID)
        response.headers["x-amzn-RequestId"] = requestID
        return response
    }

    private func respond(to request: Request, requestID: String) async -> Response {
        if let route = route(request.path) { return await respond(to: request, by: route) }
        let target = request.headers["X-Amz-Target"]
        do {
            let (table, operation) = try find(request, target)
            let caller = try authenticator.caller(of: request, service: table.metadata.signingName)
            let body = try await table.call(operation, body: request.body, caller: caller)
            log.debug("request served", ["requestId": requestID, "operation": operation, "caller": caller.arn])
            return Response(status: 200, headers: ["Content-Type": table.codec.contentType], body: body)
        } catch {
            log.info(
                "request refused",
                [
                    "requestId": requestID, "target": target ?? "", "status": String(error.httpStatus),
                    "error": error.code, "message": error.message, "remote": request.remoteAddress,
                ])
            return .error(error)
        }
    }

    /// `X-Amz-Target: <service>.<operation>`.
    private func find(_ request: Request, _ target: String?) throws(AWSError) -> (OperationTable, String) {
        guard request.path == "/" else {
            throw AWSError(
                code: "UnknownOperationException", message: "There is nothing at \(request.path.prefix(100)).",
                httpStatus: 404)
        }
        guard request.method == "POST" else {
            throw AWSError(code: "UnknownOperationException", message: "Operations are called by POST.")
        }
        guard let target, let dot = target.lastIndex(of: "."), let table = services[String(target[..<dot])] else {
            throw .unknownOperation()
        }
        return (table, String(target[target.index(after: dot)...]))
    }

    private func route(_ path: String) -> Route? {
        if let route = routes[path] { return route }
        // What AWS's clients ask for: no need to look further.
        if path == "/" { return nil }
        let segments = Self.segments(path)
        return patterns.first { pattern in
            pattern.segments.count == segments.count
                && zip(pattern.segments, segments).allSatisfy { $0 == "*" ? !$1.isEmpty : $0 == $1 }
        }?.route
    }

    private static func segments(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }

    private func respond(to request: Request, by route: Route) async -> Response {
        guard route.methods.contains(request.method) else {
            let methods = route.methods.joined(separator: " or ")
            return .error(
                AWSError(code: "UnknownOperationException", message: "Use \(methods) here.", httpStatus: 405))
        }
        if case .open(let handle) = route.access { return await handle(request) }
        do throws(AWSError) {
            let caller = try authenticator.caller(of: request, service: Self.signingName)
            return try await route.respond(to: request, by: caller)
        } catch {
            log.info(
                "request refused",
                [
                    "path": request.path, "error": error.code, "message": error.message,
                    "remote": request.remoteAddress,
                ])
            return .error(error)
        }
    }

    /// The answer to a request that never reached a handler, in the shape that AWS clients read.
    @Sendable package static func response(to fault: RequestFault) -> Response {
        let code =
            switch fault.status {
            case 413: "RequestEntityTooLargeException"
            case 408: "RequestTimeoutException"
            case 503: "ServiceUnavailableException"
            default: fault.status >= 500 ? "ServerException" : "SerializationException"
            }
        var response = Response.error(AWSError(code: code, message: fault.message, httpStatus: fault.status))
        response.headers["x-amzn-RequestId"] = RandomSource.system.uuid()
        response.closesConnection = true
        return response
    }
}

extension Response {
    package static func error(_ error: AWSError) -> Response {
        let codec = AWSJSONCodec()
        return Response(
            status: error.httpStatus, headers: ["Content-Type": codec.contentType], body: codec.encode(error))
    }
}
