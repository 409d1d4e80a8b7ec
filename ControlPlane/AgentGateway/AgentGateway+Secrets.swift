import AWSModels
import AgentProtocol
import ControlPlaneSecrets
package import ControlPlaneState
import FoundationEssentials
package import HTTPServer
import Support

extension AgentGateway {
    /// `POST` ``AgentPath/secrets``: what the secrets of a container say, for the host that the task was placed on and
    /// for no one else. The task definition says which ones they are.
    ///
    /// - Source: Developer Guide, "Pass sensitive data to an Amazon ECS container": values are read at each start.
    package func giveSecrets(_ request: Request, _ principal: AccessKeyRecord.Principal) async -> Response {
        do {
            guard let wanted = try? AgentCoding.decode(SecretsRequest.self, from: Data(request.body)) else {
                throw GatewayRefusal.invalid("the body is not a request for secrets")
            }
            try Self.checkVersion(wanted.protocolVersion)
            let instance = try instance(wanted.containerInstanceArn, principal)
            await heard(instance.id)
            var values: [String: String] = [:]
            for reference in try references(wanted, instance) where values[reference] == nil {
                values[reference] = try await secrets.value(of: try locator(reference, wanted.use))
            }
            log.info(
                "secrets given",
                [
                    "task": wanted.taskArn, "container": wanted.containerName, "use": wanted.use.rawValue,
                    "count": "\(values.count)", "containerInstance": instance.id.rawValue,
                ])
            return try .json(SecretsReply(values: values))
        } catch let refusal as GatewayRefusal {
            return refusal.response
        } catch let error as SecretError {
            log.warning("secret not given", ["error": error.message])
            return GatewayRefusal(error).response
        } catch {
            return GatewayRefusal.unavailable("\(error)").response
        }
    }

    private func locator(_ reference: String, _ use: SecretsRequest.Use) throws(SecretError) -> SecretLocator {
        switch use {
        case .environment, .logDriver: try SecretLocator(valueFrom: reference, arns)
        case .registry: try SecretLocator(credentialsParameter: reference, arns)
        }
    }

    /// Where the task definition says that they are kept. A task that is over needs none any more.
    private func references(
        _ wanted: SecretsRequest, _ instance: ContainerInstanceRecord
    ) throws(GatewayRefusal) -> [String] {
        let container: ECS.ContainerDefinition? = state.peek { tables in
            guard let task = tables.task(Self.task(wanted.taskArn), on: instance), task.lastStatus != .stopped else {
                return nil
            }
            return tables.taskDefinitions[task.taskDefinition]?.definition.containerDefinitions?
                .first { $0.name == wanted.containerName }
        }
        guard let container else {
            log.warning(
                "a host asks for the secrets of a task that is not its own",
                ["task": String(wanted.taskArn.prefix(200)), "containerInstance": instance.id.rawValue])
            // The same whether there is such a task elsewhere or not.
            throw .denied("this container instance has no such task and container")
        }
        switch wanted.use {
        case .environment: return (container.secrets ?? []).compactMap(\.valueFrom)
        case .logDriver: return (container.logConfiguration?.secretOptions ?? []).compactMap(\.valueFrom)
        case .registry: return [container.repositoryCredentials?.credentialsParameter].compactMap { $0 }
        }
    }
}

extension GatewayRefusal {
    fileprivate init(_ error: SecretError) {
        switch error.code {
        case .refused: self = .invalid(error.message)
        case .unavailable: self = .unavailable(error.message)
        }
    }
}
