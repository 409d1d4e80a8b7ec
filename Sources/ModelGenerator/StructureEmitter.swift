/// Writes one structure: its members, initialisers, and the functions that `AWSShape` asks for.
struct StructureEmitter {
    private let model: ServiceModel
    private let types: TypeMap
    private let constraints: ConstraintEmitter

    init(model: ServiceModel, types: TypeMap) throws {
        self.model = model
        self.types = types
        constraints = try ConstraintEmitter(model: model, types: types)
    }

    func lines(for name: String) throws -> [String] {
        let members = try (model.shape(name).members ?? [:]).sorted { $0.key < $1.key }
        let typed = try members.map { (wire: $0.key, type: try types.memberType(of: $0.value.shape, in: name)) }
        var lines = ["package struct \(SwiftNames.type(name)): AWSShape {"]
        lines += typed.map { "    package var \(SwiftNames.member($0.wire)): \($0.type)?" }
        lines += (typed.isEmpty ? [] : [""]) + ["    package init() {}"]
        if !typed.isEmpty { lines += [""] + memberwiseInitializer(typed) }
        lines += [""] + reading(typed) + [""] + writing(typed) + [""] + equality(SwiftNames.type(name), typed)
        let checks = try constraints.lines(for: name)
        if !checks.isEmpty {
            lines += ["", "    package func checkConstraints(_ checker: inout ConstraintChecker) {"]
            lines += checks.map { "        " + $0 } + ["    }"]
        }
        return (lines + ["}"]).map { $0.isEmpty ? $0 : "    " + $0 }
    }

    private func memberwiseInitializer(_ members: [(wire: String, type: String)]) -> [String] {
        let parameters = members.map { "        \(SwiftNames.member($0.wire)): \($0.type)? = nil" }
        // Optimizing a call with forty owned arguments takes the compiler long and saves the program nothing.
        var lines =
            ["    @_optimize(none)", "    package init("] + parameters.dropLast().map { $0 + "," }
            + parameters.suffix(1)
        lines.append("    ) {")
        lines += members.map { "        self.\(SwiftNames.member($0.wire)) = \(SwiftNames.member($0.wire))" }
        return lines + ["    }"]
    }

    private func reading(_ members: [(wire: String, type: String)]) -> [String] {
        let head =
            "    package mutating func readMember<Reader: MemberReader>(_ name: String, from reader: inout Reader) throws -> Bool {"
        if members.isEmpty { return [head, "        false", "    }"] }
        var lines = [head, "        switch name {"]
        for member in members {
            lines.append(
                "        case \(SwiftNames.literal(member.wire)): try reader.read(&\(selfMember(member.wire)))")
        }
        return lines + ["        default: return false", "        }", "        return true", "    }"]
    }

    private func writing(_ members: [(wire: String, type: String)]) -> [String] {
        var lines = ["    package func writeMembers<Writer: MemberWriter>(to writer: inout Writer) throws {"]
        for member in members {
            // Most members of most shapes are absent, and a call for each of them is what writing a response would cost.
            let name = SwiftNames.member(member.wire)
            lines.append(
                "        if let value = self.\(name) { try writer.write(\(SwiftNames.literal(member.wire)), value) }")
        }
        return lines + ["    }"]
    }

    private func equality(_ type: String, _ members: [(wire: String, type: String)]) -> [String] {
        let head = "    package static func == (left: \(type), right: \(type)) -> Bool {"
        if members.isEmpty { return [head, "        true", "    }"] }
        let comparisons = members.map {
            "            areEqual(left.\(SwiftNames.member($0.wire)), right.\(SwiftNames.member($0.wire)))"
        }
        return [head, "        guard"] + comparisons.dropLast().map { $0 + "," } + comparisons.suffix(1)
            + ["        else { return false }", "        return true", "    }"]
    }

    /// A member inside a function whose own parameters may have the same name.
    private func selfMember(_ wire: String) -> String { "self.\(SwiftNames.member(wire))" }
}
