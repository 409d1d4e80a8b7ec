import AWSProtocol
import Placement

/// An expression of the cluster query language, as requests have it.
///
/// - Source: ECS Developer Guide, "Cluster query language".
enum QueryExpression {
    /// What is wrong with the text, and at which column; nil if nothing is.
    static func problem(in text: String) -> String? {
        do throws(ClusterQueryError) {
            _ = try ClusterQuery(text)
            return nil
        } catch {
            return message(error, text)
        }
    }

    /// - Throws: InvalidParameterException that says where the text is wrong.
    static func parse(_ text: String) throws(AWSError) -> ClusterQuery {
        do throws(ClusterQueryError) {
            return try ClusterQuery(text)
        } catch {
            throw .invalidParameter(message(error, text))
        }
    }

    /// - Throws: InvalidParameterException that says where the text is wrong.
    static func constraint(_ text: String) throws(AWSError) -> ClusterExpression {
        do throws(ClusterQueryError) {
            return try ClusterExpression(text)
        } catch {
            throw .invalidParameter(message(error, text))
        }
    }

    private static func message(_ error: ClusterQueryError, _ text: String) -> String {
        "Invalid expression \"\(text.prefix(60))\" \(error.description)."
    }
}
