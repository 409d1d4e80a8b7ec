/// Why a body could not be read, and where. The path is collected while the error travels outwards, so reading a good
/// body spends nothing on it.
package struct JSONReadError: Error {
    enum Step {
        case member(String)
        case index(Int)
    }

    let problem: String
    /// Innermost first.
    private var steps: [Step] = []

    package init(_ problem: String) { self.problem = problem }

    func inside(_ step: Step) -> JSONReadError {
        var error = self
        error.steps.append(step)
        return error
    }

    /// Names are the client's own, so their length is limited.
    private static let maximumPathScalars = 256

    package var message: String {
        var path = ""
        for step in steps.reversed() {
            switch step {
            case .member(let name): path += path.isEmpty ? name : ".\(name)"
            case .index(let index): path += "[\(index)]"
            }
            if path.unicodeScalars.count > Self.maximumPathScalars {
                path = String(String.UnicodeScalarView(path.unicodeScalars.prefix(Self.maximumPathScalars))) + "…"
                break
            }
        }
        return path.isEmpty ? problem : "\(path): \(problem)"
    }
}
