/// What each shape of a model is in Swift.
struct TypeMap {
    /// Shapes that become structs: no exceptions (those are data) and no documents.
    let structures: [String]
    let enums: [String]
    /// Pattern source → name of its constant.
    let patterns: [String: String]
    private let model: ServiceModel

    init(_ model: ServiceModel) throws {
        self.model = model
        let sorted = model.shapes.sorted { $0.key < $1.key }
        structures = sorted.filter { $1.type == "structure" && $1.exception != true && $1.document != true }.map(\.key)
        enums = sorted.filter { $1.type == "string" && $1.enum != nil }.map(\.key)
        var patterns: [String: String] = [:]
        for (name, shape) in sorted {
            // The first shape in the alphabet names the pattern.
            if let pattern = shape.pattern, shape.enum == nil, patterns[pattern] == nil {
                patterns[pattern] = SwiftNames.member(name.prefix(1).lowercased() + name.dropFirst())
            }
        }
        self.patterns = patterns
        try checkCollisions()
    }

    private func checkCollisions() throws {
        var taken: [String: String] = [:]
        for name in structures + enums + model.operations.keys.sorted() {
            let type = model.operations[name] == nil ? SwiftNames.type(name) : Self.operationType(name, in: model)
            if let other = taken.updateValue(name, forKey: type) {
                throw GeneratorError("\(name) and \(other) would both be called \(type)")
            }
        }
    }

    /// The descriptor type of an operation; a shape of the same name keeps the plain name.
    static func operationType(_ name: String, in model: ServiceModel) -> String {
        model.shapes[name] == nil ? SwiftNames.type(name) : SwiftNames.type(name) + "Operation"
    }

    func swiftType(of name: String) throws -> String {
        let shape = try model.shape(name)
        switch shape.type {
        case "structure": return shape.document == true ? "AWSDocument" : SwiftNames.type(name)
        case "string": return shape.enum == nil ? "String" : SwiftNames.type(name)
        case "integer": return "Int"
        case "long": return "Int64"
        case "double", "float": return "Double"
        case "boolean": return "Bool"
        case "timestamp": return "Date"
        case "blob": return "Data"
        case "list": return "[\(try swiftType(of: try part(shape.member, of: name)))]"
        case "map":
            let keyName = try part(shape.key, of: name)
            guard try model.shape(keyName).type == "string" else {
                throw GeneratorError("\(name): a map whose keys are no strings is not supported")
            }
            return "[String: \(try swiftType(of: try part(shape.value, of: name)))]"
        default: throw GeneratorError("\(name): the type \(shape.type) is not supported")
        }
    }

    /// The type of a structure's member without its question mark.
    func memberType(of member: String, in structure: String) throws -> String {
        let type = try swiftType(of: member)
        return try holdsDirectly(member, structure, []) ? "Indirect<\(type)>" : type
    }

    func part(_ reference: ServiceModel.Reference?, of name: String) throws -> String {
        guard let reference else { throw GeneratorError("\(name): a part of the list or map is missing") }
        return reference.shape
    }

    /// True if `name` is `target` or a structure that contains it other than through a list or a map.
    private func holdsDirectly(_ name: String, _ target: String, _ visited: Set<String>) throws -> Bool {
        let shape = try model.shape(name)
        guard shape.type == "structure", shape.document != true, !visited.contains(name) else { return false }
        if name == target { return true }
        return try (shape.members ?? [:]).values.contains {
            try holdsDirectly($0.shape, target, visited.union([name]))
        }
    }
}
