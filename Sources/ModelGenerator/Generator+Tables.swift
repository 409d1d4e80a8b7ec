extension Generator {
    /// The namespace with the metadata.
    func serviceFile() -> GeneratedFile {
        let metadata = model.metadata
        return file(
            nil,
            [
                "package enum \(namespace): AWSService {",
                "    package static let metadata = AWSServiceMetadata(",
                "        serviceID: \(SwiftNames.literal(metadata.serviceId)),",
                "        signingName: \(SwiftNames.literal(metadata.signingName ?? metadata.endpointPrefix)),",
                "        targetPrefix: \(SwiftNames.literal(metadata.targetPrefix ?? "")),",
                "        wireProtocol: .json,",
                "        jsonVersion: \(SwiftNames.literal(metadata.jsonVersion ?? "")),",
                "        apiVersion: \(SwiftNames.literal(metadata.apiVersion)))",
                "}",
            ])
    }

    /// The errors, a descriptor for each operation, and the tables of both.
    func operationsFile() throws -> GeneratedFile {
        let exceptions = model.shapes.filter { $0.value.exception == true }.keys.sorted()
        var body = ["extension \(namespace) {", "    package enum Errors {"]
        for name in exceptions { body.append("        \(try errorConstant(name))") }
        body += ["    }", "", "    package static let errors: [AWSErrorShape] = ["]
        body += exceptions.map { "        Errors.\(Self.lowercasedFirst($0))," }
        body += ["    ]", "", "    package static let operations: [AWSOperation] = ["]
        let operations = model.operations.sorted { $0.key < $1.key }
        body += operations.map { "        \(TypeMap.operationType($0.key, in: model)).operation," }
        body.append("    ]")
        for (name, operation) in operations { body += try descriptor(name, operation) }
        return file("Operations", body + ["}"])
    }

    private func errorConstant(_ name: String) throws -> String {
        let shape = try model.shape(name)
        let isFault = shape.fault == true
        let status = shape.error?.httpStatusCode ?? (isFault ? 500 : 400)
        let code = SwiftNames.literal(shape.error?.code ?? name)
        return "package static let \(Self.lowercasedFirst(name)) = AWSErrorShape("
            + "code: \(code), httpStatus: \(status), isFault: \(isFault))"
    }

    private func descriptor(_ name: String, _ operation: ServiceModel.Operation) throws -> [String] {
        let errors = (operation.errors ?? []).map { "                Errors.\(Self.lowercasedFirst($0.shape))," }
        return [
            "",
            "    package enum \(TypeMap.operationType(name, in: model)): AWSOperationShape {",
            "        package typealias Input = \(operation.input.map { SwiftNames.type($0.shape) } ?? "AWSEmptyShape")",
            "        package typealias Output = \(operation.output.map { SwiftNames.type($0.shape) } ?? "AWSEmptyShape")",
            "        package static let operation = AWSOperation(",
            "            name: \(SwiftNames.literal(name)),",
            "            inputShapeName: \(SwiftNames.literal(operation.input?.shape ?? "")),",
            "            outputShapeName: \(SwiftNames.literal(operation.output?.shape ?? "")),",
            "            errors: [",
        ] + errors + ["            ])", "    }"]
    }

    func enumsFile() throws -> GeneratedFile {
        var body = ["extension \(namespace) {"]
        for (index, name) in types.enums.enumerated() {
            if index > 0 { body.append("") }
            let type = SwiftNames.type(name)
            let cases = SwiftNames.enumCases(try model.shape(name).enum ?? [])
            body += [
                "    package struct \(type): AWSEnum {",
                "        package var rawValue: String",
                "        package init(rawValue: String) { self.rawValue = rawValue }",
            ]
            body += cases.map {
                "        package static var \($0.name): Self { Self(rawValue: \(SwiftNames.literal($0.value))) }"
            }
            body += [
                "        package var isKnown: Bool {",
                "            switch rawValue {",
                "            case \(cases.map { SwiftNames.literal($0.value) }.joined(separator: ", ")): true",
                "            default: false",
                "            }",
                "        }",
                "        package static var allKnown: [Self] { [\(cases.map { ".\($0.name)" }.joined(separator: ", "))] }",
                "    }",
            ]
        }
        return file("Enums", body + ["}"])
    }

    private static func lowercasedFirst(_ name: String) -> String {
        SwiftNames.member(name.prefix(1).lowercased() + name.dropFirst())
    }
}
