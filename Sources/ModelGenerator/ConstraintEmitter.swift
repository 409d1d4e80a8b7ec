/// Writes the calls that check a structure against the model's constraints. Only shapes that requests can contain get any:
/// what we send out is our own.
struct ConstraintEmitter {
    private let model: ServiceModel
    private let types: TypeMap
    private let requestShapes: Set<String>
    /// Shapes with a constraint of their own or anywhere inside.
    private let constrained: Set<String>

    init(model: ServiceModel, types: TypeMap) throws {
        self.model = model
        self.types = types
        var reached: Set<String> = []
        for operation in model.operations.values {
            if let input = operation.input { try Self.reach(input.shape, model, &reached) }
        }
        requestShapes = reached
        constrained = Self.constrainedShapes(of: model)
    }

    func lines(for structure: String) throws -> [String] {
        guard requestShapes.contains(structure), constrained.contains(structure) else { return [] }
        let shape = try model.shape(structure)
        let required = Set(shape.required ?? [])
        var lines: [String] = []
        for (wire, reference) in (shape.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            let member = "self.\(SwiftNames.member(wire))"
            let literal = SwiftNames.literal(wire)
            if required.contains(wire) { lines.append("checker.require(\(literal), \(member))") }
            let checks = try self.checks(reference.shape)
            if !checks.isEmpty {
                lines.append("checker.member(\(literal), \(member)) { \(closure(checks)) }")
            }
        }
        return lines
    }

    private func closure(_ checks: [String]) -> String { "value, checker in \(checks.joined(separator: "; "))" }

    /// Statements that check `value`, of the shape called `name`, with `checker`.
    private func checks(_ name: String) throws -> [String] {
        guard constrained.contains(name) else { return [] }
        let shape = try model.shape(name)
        switch shape.type {
        case "structure": return ["checker.shape(value)"]
        case "string": return stringChecks(shape)
        case "integer", "long", "double", "float":
            return call("range", shape, isInteger: shape.type == "integer" || shape.type == "long")
        case "list":
            let inner = try checks(try types.part(shape.member, of: name))
            return call("count", shape, isInteger: true)
                + (inner.isEmpty ? [] : ["checker.elements(value) { \(closure(inner)) }"])
        case "map":
            let keys = try checks(try types.part(shape.key, of: name))
            let values = try checks(try types.part(shape.value, of: name))
            let walk =
                "checker.keysAndValues(value, key: { \(keys.isEmpty ? "_, _ in" : closure(keys)) }, "
                + "value: { \(values.isEmpty ? "_, _ in" : closure(values)) })"
            return call("count", shape, isInteger: true) + (keys.isEmpty && values.isEmpty ? [] : [walk])
        case "blob": return call("count", shape, isInteger: true)
        default: return []
        }
    }

    private func stringChecks(_ shape: ServiceModel.Shape) -> [String] {
        if shape.enum != nil { return ["checker.known(value)"] }
        let length = call("length", shape, isInteger: true)
        guard let pattern = shape.pattern, let constant = types.patterns[pattern] else { return length }
        let match = "checker.pattern(value, Patterns.\(constant))"
        return length.isEmpty ? [match] : ["if \(length[0]) { \(match) }"]
    }

    /// A call with the limits that can fail: a length is never below 0.
    private func call(_ function: String, _ shape: ServiceModel.Shape, isInteger: Bool) -> [String] {
        let minimum = function != "range" && shape.min == 0 ? nil : shape.min
        guard minimum != nil || shape.max != nil else { return [] }
        let limits = [("min", minimum), ("max", shape.max)].compactMap { label, limit in
            limit.map { "\(label): \(isInteger ? Int64(exactly: $0).map { String($0) } ?? "\($0)" : "\($0)")" }
        }
        return ["checker.\(function)(value, \(limits.joined(separator: ", ")))"]
    }

    // MARK: Which shapes

    private static func parts(of shape: ServiceModel.Shape) -> [String] {
        (shape.members ?? [:]).values.map(\.shape) + [shape.member, shape.key, shape.value].compactMap { $0?.shape }
    }

    private static func reach(_ name: String, _ model: ServiceModel, _ reached: inout Set<String>) throws {
        guard reached.insert(name).inserted else { return }
        for part in parts(of: try model.shape(name)) { try reach(part, model, &reached) }
    }

    /// Grows the set until nothing is added, so that shapes which contain themselves come out right.
    private static func constrainedShapes(of model: ServiceModel) -> Set<String> {
        var names = Set(model.shapes.filter { hasOwnConstraint($0.value) }.keys)
        while true {
            let grown = model.shapes.filter { _, shape in parts(of: shape).contains(where: names.contains) }.keys
            if names.isSuperset(of: grown) { return names }
            names.formUnion(grown)
        }
    }

    private static func hasOwnConstraint(_ shape: ServiceModel.Shape) -> Bool {
        if shape.type == "structure" { return !(shape.required ?? []).isEmpty }
        let hasMinimum =
            shape.min != nil && (shape.min != 0 || !["string", "list", "map", "blob"].contains(shape.type))
        return shape.enum != nil || shape.pattern != nil || shape.max != nil || hasMinimum
    }
}
