package import AWSModels

/// An error as an AWS client sees it.
package struct AWSError: Error, Sendable, Hashable {
    /// The wire code, e.g. "ClusterNotFoundException".
    package let code: String
    /// For people; never holds secrets.
    package let message: String
    package let httpStatus: Int
    /// Further members of the error's body, e.g. `resourceIds` of ECS's ConflictException.
    package let fields: [String: AWSDocument]

    package init(code: String, message: String, httpStatus: Int = 400, fields: [String: AWSDocument] = [:]) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.fields = fields
    }

    /// A modelled exception, e.g. `AWSError(ECS.Errors.clusterNotFoundException, "Cluster not found.")`.
    package init(_ shape: AWSErrorShape, _ message: String, fields: [String: AWSDocument] = [:]) {
        self.init(code: shape.code, message: message, httpStatus: shape.httpStatus, fields: fields)
    }
}

extension AWSError: CustomStringConvertible {
    package var description: String { "\(code) (\(httpStatus)): \(message)" }
}
