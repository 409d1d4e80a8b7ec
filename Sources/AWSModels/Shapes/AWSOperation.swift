/// The facts about a service that a server and a signer need.
package struct AWSServiceMetadata: Sendable, Hashable {
    /// The model's serviceId, e.g. "ECS".
    package let serviceID: String
    /// The service in the SigV4 credential scope, e.g. "ecs".
    package let signingName: String
    /// What precedes the dot in X-Amz-Target; empty for protocols that do not use the header.
    package let targetPrefix: String
    package let wireProtocol: AWSWireProtocol
    /// "1.0" or "1.1" for awsJson; empty otherwise.
    package let jsonVersion: String
    /// The model's date, e.g. "2014-11-13".
    package let apiVersion: String

    package init(
        serviceID: String, signingName: String, targetPrefix: String, wireProtocol: AWSWireProtocol,
        jsonVersion: String,
        apiVersion: String
    ) {
        self.serviceID = serviceID
        self.signingName = signingName
        self.targetPrefix = targetPrefix
        self.wireProtocol = wireProtocol
        self.jsonVersion = jsonVersion
        self.apiVersion = apiVersion
    }
}

/// The wire protocols of service models, by the model's own names.
package enum AWSWireProtocol: String, Sendable, Hashable {
    case json
    case query
    case restJSON = "rest-json"
    case smithyCBOR = "smithy-rpc-v2-cbor"
}

/// A modelled exception.
package struct AWSErrorShape: Sendable, Hashable {
    /// The wire code, e.g. "ClusterNotFoundException".
    package let code: String
    package let httpStatus: Int
    /// True if the server is at fault; SDKs retry these.
    package let isFault: Bool

    package init(code: String, httpStatus: Int, isFault: Bool) {
        self.code = code
        self.httpStatus = httpStatus
        self.isFault = isFault
    }
}

/// One row of a service's operation table.
package struct AWSOperation: Sendable, Hashable {
    package let name: String
    /// Empty for an operation whose input is `AWSEmptyShape`.
    package let inputShapeName: String
    package let outputShapeName: String
    /// In the model's order.
    package let errors: [AWSErrorShape]

    package init(name: String, inputShapeName: String, outputShapeName: String, errors: [AWSErrorShape]) {
        self.name = name
        self.inputShapeName = inputShapeName
        self.outputShapeName = outputShapeName
        self.errors = errors
    }
}

/// A type for each operation, which ties its input and output together for a router.
package protocol AWSOperationShape {
    associatedtype Input: AWSShape
    associatedtype Output: AWSShape
    static var operation: AWSOperation { get }
}

extension AWSOperationShape {
    package static var name: String { operation.name }
}

/// A generated service: its metadata and its tables.
package protocol AWSService {
    static var metadata: AWSServiceMetadata { get }
    /// Every operation, in alphabetical order.
    static var operations: [AWSOperation] { get }
    /// Every modelled exception, in alphabetical order.
    static var errors: [AWSErrorShape] { get }
}
