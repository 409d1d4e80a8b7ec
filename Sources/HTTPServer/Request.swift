/// One request, complete with its body. Everything is as the client sent it: nothing is percent-decoded.
package struct Request: Sendable {
    package let method: String
    /// The target's path, raw; `/` at least. An absolute-form target (`http://host/path`) is reduced to its path.
    package let path: String
    /// What follows the first `?`, raw; nil without a `?`.
    package let query: String?
    /// `HTTP/1.1` or `HTTP/1.0`.
    package let version: String
    /// Values that are not valid UTF-8 were read as ISO 8859-1. A trailing blank is not part of a value.
    package let headers: HeaderList
    package internal(set) var body: [UInt8]
    /// The peer's numeric address without port, such as `127.0.0.1` or `::1`.
    package let remoteAddress: String

    package init(
        method: String, path: String, query: String? = nil, version: String = "HTTP/1.1",
        headers: HeaderList = [:], body: [UInt8] = [], remoteAddress: String = "127.0.0.1"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.version = version
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }
}
