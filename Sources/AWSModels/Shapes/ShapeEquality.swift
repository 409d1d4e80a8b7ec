// Equality and hashing of the generated structs. Synthesized, they are 40 % of the module's optimized build time, for
// functions that only ever compare a few values; so `==` is generated out of calls to `areEqual`, which is compiled once,
// and hashing goes by way of `writeMembers`.

@inline(never)
@_semantics("optimize.sil.specialize.generic.never")
func areEqual<Value: Equatable>(_ left: Value?, _ right: Value?) -> Bool {
    left == right
}

extension AWSShape {
    package func hash(into hasher: inout Hasher) {
        let box = HasherBox(hasher)
        var writer = hashingWriter(box)
        do {
            try writeMembers(to: &writer)
        } catch {
            preconditionFailure("writing members into a hasher cannot fail: \(error)")
        }
        hasher = box.hasher
    }
}

/// As an existential and not inlined, so that the optimizer writes no copy of every `writeMembers` for it.
@inline(never)
private func hashingWriter(_ box: HasherBox) -> any MemberWriter {
    HashingMemberWriter(box: box)
}

private final class HasherBox {
    var hasher: Hasher
    init(_ hasher: Hasher) { self.hasher = hasher }
}

private struct HashingMemberWriter: MemberWriter {
    let box: HasherBox

    mutating func write<Value: ShapeValue>(_ name: String, _ value: Value) throws {
        box.hasher.combine(name)
        box.hasher.combine(value)
    }
}
