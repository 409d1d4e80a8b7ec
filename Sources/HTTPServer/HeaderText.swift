/// Checks and writes a response's head where libmicrohttpd does not do it for us.
enum HeaderText {
    /// libmicrohttpd refuses line ends in values, but no other control character, and not every bad name.
    static func isValid(_ field: HeaderList.Field) -> Bool {
        !field.name.isEmpty && field.name.utf8.allSatisfy(HeadRules.isTokenCharacter)
            && field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    /// A whole response that closes the connection, for the moments when libmicrohttpd cannot send one.
    static func wholeMessage(_ response: Response) -> [UInt8] {
        let body: [UInt8] = if case .bytes(let bytes) = response.body { bytes } else { [] }
        var head = "HTTP/1.1 \(response.status) \(reason(response.status))\r\n"
        for field in response.headers.fields where isValid(field) && !ServerCore.isOwnHeader(field.name) {
            head += "\(field.name): \(field.value)\r\n"
        }
        head += "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + body
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 503: "Service Unavailable"
        default: "Error"
        }
    }
}
