import FoundationEssentials
import HTTPServer

/// Answers in JSON.
enum JSONAnswer {
    static func make(_ value: some Encodable, status: Int = 200, snakeCase: Bool = false) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        if snakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
        do {
            let body = try encoder.encode(value)
            return Response(status: status, headers: ["Content-Type": "application/json"], body: Array(body))
        } catch {
            // A figure that is no number: nothing else in a document can fail.
            return text("the answer cannot be written as JSON", status: 500)
        }
    }

    static func text(_ text: String, status: Int = 200) -> Response {
        Response(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array((text + "\n").utf8))
    }
}
