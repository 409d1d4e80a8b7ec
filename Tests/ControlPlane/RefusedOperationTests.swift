import AWSModels
import AWSProtocol
import ControlPlaneAPI
import Foundation
import Testing

/// What is not there says so, in a way that no client tries again.
@Suite struct RefusedOperationTests {
    @Test func everyOperationOfTheModelIsDoneOrRefused() async throws {
        let plane = try TestControlPlane()
        let coverage = plane.service.operations().coverage
        #expect(coverage.map(\.name) == ECS.operations.map(\.name).sorted())
        var refused = 0
        for (name, isDone) in coverage where !isDone {
            refused += 1
            do {
                _ = try await plane.service.operations().call(
                    name, body: Array("{}".utf8), caller: TestControlPlane.root)
                Issue.record("\(name) answered")
            } catch {
                #expect(error.code == "UnsupportedFeatureException")
                #expect(error.httpStatus == 400)
                #expect(error.message.hasPrefix("ECS \(name) is not supported by this version of Stevedore"))
            }
        }
        #expect(refused > 0)
        #expect(ECS.errors.contains(ECS.Errors.unsupportedFeatureException))
    }

    @Test func noOperationIsBothDoneAndRefusedForAReason() async throws {
        let done = Set(try TestControlPlane().service.operations().coverage.filter(\.isDone).map(\.name))
        #expect(RefusedOperations.all.allSatisfy { done.isDisjoint(with: $0.names) })
    }

    @Test(arguments: [
        ("CreateDaemon", "managed daemons run on ECS Managed Instances"),
        ("RegisterDaemonTaskDefinition", "managed daemons run on ECS Managed Instances"),
        ("CreateExpressGatewayService", "an Express gateway service makes itself a load balancer"),
    ]) func theReasonIsGiven(operation: String, reason: String) async throws {
        let failure = try await TestControlPlane().failure(operation)
        #expect(failure.code == "UnsupportedFeatureException")
        #expect(failure.message.hasPrefix("ECS \(operation) is not supported by this version of Stevedore: \(reason)"))
    }

    /// Each operation that the model has of daemons and Express gateways is in the table of reasons.
    @Test func theTableOfReasonsIsWhole() {
        let wanted = ECS.operations.map(\.name).filter { $0.contains("Daemon") || $0.contains("ExpressGateway") }
        #expect(RefusedOperations.all.flatMap(\.names).sorted() == wanted.sorted())
    }

    @Test func unknownOperationsAreUnknown() async throws {
        #expect(try await TestControlPlane().failure("NoSuchOperation").code == "UnknownOperationException")
    }
}
