import AWSModels
import AWSProtocol

/// Shapes as their JSON, where it is the JSON that counts.
enum ShapeJSON {
    /// The length in bytes: what ECS's limits on task definitions and overrides are about.
    static func size(of shape: some AWSShape) throws(AWSError) -> Int { try AWSJSONCodec().encode(shape).count }

    /// A digest, lowercase hexadecimal, that is the same for shapes that say the same.
    static func fingerprint(of shape: some AWSShape) throws(AWSError) -> String {
        Hexadecimal.encode(Digest.sha256(try AWSJSONCodec().encode(shape)))
    }
}
