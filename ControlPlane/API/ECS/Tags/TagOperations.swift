import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// Puts tags over those that the resource has.
    ///
    /// - Source: API Reference, TagResource.
    func tagResource(_ input: ECS.TagResourceRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.TagResourceResponse
    {
        let resource = try TaggedResource(arn: input.resourceArn ?? "", context.arns)
        let given = try Tags.checked(input.tags)
        try await changeTags(of: resource) { tags throws(AWSError) in try Tags.upserting(given, into: tags) }
        return ECS.TagResourceResponse()
    }

    /// Takes away the tags with these keys, as far as the resource has them.
    ///
    /// - Source: API Reference, UntagResource.
    func untagResource(_ input: ECS.UntagResourceRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.UntagResourceResponse
    {
        let resource = try TaggedResource(arn: input.resourceArn ?? "", context.arns)
        let keys = input.tagKeys ?? []
        try await changeTags(of: resource) { tags throws(AWSError) in try Tags.removing(keys, from: tags) }
        return ECS.UntagResourceResponse()
    }

    private func changeTags(
        of resource: TaggedResource, _ change: @Sendable ([ECS.Tag]) throws(AWSError) -> [ECS.Tag]
    ) async throws(AWSError) {
        try await context.transact { tx throws(AWSError) in
            try tx.checkTagsWritable(of: resource)
            guard let tags = try tx.tags(of: resource) else {
                throw AWSError(code: "ResourceNotFoundException", message: Self.notFound(resource))
            }
            let changed = try change(tags)
            if changed != tags { tx.setTags(changed, of: resource) }
        }
    }

    /// - Source: API Reference, ListTagsForResource, which has no ResourceNotFoundException.
    func listTagsForResource(_ input: ECS.ListTagsForResourceRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.ListTagsForResourceResponse
    {
        let resource = try TaggedResource(arn: input.resourceArn ?? "", context.arns)
        return try await context.view { tables throws(AWSError) in
            guard let tags = try tables.tags(of: resource) else { throw .invalidParameter(Self.notFound(resource)) }
            return ECS.ListTagsForResourceResponse(tags: tags)
        }
    }

    private static func notFound(_ resource: TaggedResource) -> String {
        "The specified \(resource.kind) was not found. Specify a valid \(resource.kind) and try again."
    }
}
