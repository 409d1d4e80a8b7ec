import AWSModels
import AWSProtocol
import AccessPolicy
import ControlPlaneState
import Support

/// The one place where it is decided who may do what.
///
/// The root key may do everything, and nothing is looked at for it. A user may do what a policy allows of everything
/// that a request is about. What agents may do is said where operations and paths are listed, and which container
/// instance they speak for is checked by what they call.
extension Caller {
    var isAgent: Bool {
        if case .agent = principal { true } else { false }
    }

    /// - Parameters:
    ///   - action: that of the request as a whole, `ecs:RunTask`.
    ///   - subjects: asked only if it matters.
    /// - Returns: the subjects that were asked about.
    /// - Throws: AccessDeniedException, or what is wrong with the request so that nobody can say what it is about.
    @discardableResult
    func check(
        mayDo action: String, to subjects: () throws(AWSError) -> [AccessSubject]
    ) throws(AWSError) -> [AccessSubject] {
        guard case .user(let name) = principal else { return [] }
        let subjects = try subjects()
        for subject in subjects {
            let action = subject.action ?? action
            let decision = decision(on: action, subject, user: name)
            switch decision {
            case .allowed: continue
            case .explicitlyDenied:
                throw .accessDenied(
                    "User: \(arn) is not authorized to perform: \(action) on resource: \(subject.resource) with an "
                        + "explicit deny in an identity-based policy")
            case .implicitlyDenied:
                throw .accessDenied(principal: arn, action: action, resource: subject.resource)
            }
        }
        return subjects
    }

    private func decision(
        on action: String, _ subject: AccessSubject, user: String
    ) -> PolicyDocument.Decision {
        // Names are ASCII, but to Swift some other characters are the same as one of these: the sign for kelvin is a K.
        // What a policy says of one name must not be got around by another spelling.
        let isPlain =
            subject.resource.utf8.allSatisfy { $0 < 0x80 }
            && subject.values.allSatisfy { key, values in
                key.tag != nil || key == .tagKeys || values.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
            }
        guard isPlain, let policy else { return .implicitlyDenied }
        return policy.decision(action: action, resource: subject.resource) { key in
            switch key.name {
            case "aws:username": [user]
            case "aws:principalarn": [arn]
            case "aws:principalaccount": ARN(arn).map { [$0.accountID] } ?? []
            case "aws:principaltype": ["User"]
            case "aws:sourceip": sourceAddress.isEmpty ? [] : [sourceAddress]
            case "aws:resourcetag", "ecs:resourcetag":
                subject.resourceTags().filter { ($0.key ?? "").asciiLowercased == key.tag }.map { $0.value ?? "" }
            default: subject.values[key] ?? []
            }
        }
    }
}

extension AWSError {
    /// For whoever is no user, and has no policy.
    static func accessDenied(_ principal: String, _ action: String) -> AWSError {
        accessDenied(principal: principal, action: action, resource: "*")
    }
}
