package import AWSModels
package import AWSProtocol
import Support

/// The operations of one service: which there are, which work, and who may call them.
///
/// Operations are added by type, so a handler cannot be filed under another's name. One that the model has and the
/// table lacks answers 400 and says so: a 5xx would make SDKs and Terraform retry for minutes.
package struct OperationTable: Sendable {
    /// What every operation throws.
    package typealias Failure = AWSError

    private struct Entry: Sendable {
        var run: @Sendable ([UInt8], Caller) async throws(AWSError) -> [UInt8]
    }

    let metadata: AWSServiceMetadata
    let codec: any WireCodec
    private let modelled: Set<String>
    private var entries: [String: Entry] = [:]
    /// Why operations are refused, where there is more to say than that they are.
    private var refusals: [String: String] = [:]

    package init<Service: AWSService>(service: Service.Type) {
        metadata = service.metadata
        codec = AWSJSONCodec(version: service.metadata.jsonVersion)
        modelled = Set(service.operations.map(\.name))
    }

    /// - Parameters:
    ///   - isForAgents: whether agents may call it too, for their own container instance: the handler checks which.
    ///   - pin: puts the revision that was decided about in the place of a family, in a request that can name one.
    ///   - subjects: what a request is about. Asked for users alone.
    ///   - handler: takes a decoded request that keeps the model's own constraints, of a caller who may make it.
    package mutating func add<Operation: AWSOperationShape>(
        _ operation: Operation.Type, isForAgents: Bool = false,
        pinning pin: (@Sendable (_ input: inout Operation.Input, _ taskDefinition: String) -> Void)? = nil,
        about subjects: @escaping @Sendable (Operation.Input) throws(Failure) -> [AccessSubject],
        _ handler: @escaping @Sendable (Operation.Input, Caller) async throws(Failure) -> Operation.Output
    ) {
        precondition(modelled.contains(operation.name), "\(operation.name) is not an operation of this service")
        let codec = codec
        let action = "\(metadata.signingName):\(operation.name)"
        entries[operation.name] = Entry { body, caller throws(AWSError) in
            if caller.isAgent, !isForAgents { throw .accessDenied(caller.arn, action) }
            var input = try codec.decode(Operation.Input.self, from: body)
            if let error = AWSError.invalidParameters(input.validate()) { throw error }
            let asked = try caller.check(mayDo: action) { () throws(AWSError) in try subjects(input) }
            if let pin, let revision = asked.lazy.compactMap(\.taskDefinition).first { pin(&input, revision) }
            return try codec.encode(try await handler(input, caller))
        }
    }

    /// - Parameter reason: the rest of the sentence in which these operations are refused.
    package mutating func refuse(_ operations: [String], because reason: String) {
        for name in operations {
            precondition(modelled.contains(name), "\(name) is not an operation of this service")
            refusals[name] = reason
        }
    }

    /// Every operation of the model, sorted, and whether it works.
    package var coverage: [(name: String, isDone: Bool)] {
        modelled.sorted().map { ($0, entries[$0] != nil) }
    }

    /// Runs an operation on a request body and gives the response body.
    package func call(_ operation: String, body: [UInt8], caller: Caller) async throws(AWSError) -> [UInt8] {
        guard let entry = entries[operation] else {
            guard modelled.contains(operation) else { throw .unknownOperation() }
            if caller.isAgent { throw .accessDenied(caller.arn, "\(metadata.signingName):\(operation)") }
            let reason = refusals[operation].map { ": \($0)" } ?? ""
            throw AWSError(
                code: "UnsupportedFeatureException",
                message: "\(metadata.serviceID) \(operation) is not supported by this version of Stevedore\(reason).")
        }
        return try await entry.run(body, caller)
    }
}
