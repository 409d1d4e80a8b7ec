/// Why a model cannot be turned into Swift. The generator stops at the first: half a model would be a wrong model.
package struct GeneratorError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
