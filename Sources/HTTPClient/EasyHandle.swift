internal import CCurl

/// One curl easy handle with its options; freed with its last use (a class, because a noncopyable struct cannot throw
/// from the middle of its initialiser). Confined to the client's thread.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    /// - Throws: `.system` when memory is short, `.invalidRequest` when curl refuses an option's value.
    init(
        _ request: PreparedRequest, configuration: ClientConfiguration, totalTimeout: Duration?,
        context: UnsafeMutableRawPointer
    ) throws(HTTPClientError) {
        let target = request.hostAndPort
        guard let pointer = curl_easy_init() else {
            throw HTTPClientError(.system, isRetryable: true, hostAndPort: target, reason: "curl_easy_init failed")
        }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        headers = nil
        for line in request.headerLines {
            guard let longer = curl_slist_append(headers, line) else {
                throw HTTPClientError(.system, isRetryable: true, hostAndPort: target, reason: "out of memory")
            }
            headers = longer
        }
        let results =
            Self.options(pointer, request, configuration, totalTimeout) + [
                stevedore_curl_set_pointer(pointer, CURLOPT_HTTPHEADER, headers),
                stevedore_curl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText),
                stevedore_curl_set_pointer(pointer, CURLOPT_PRIVATE, context),
                stevedore_curl_set_pointer(pointer, CURLOPT_WRITEDATA, context),
                stevedore_curl_set_pointer(pointer, CURLOPT_HEADERDATA, context),
                stevedore_curl_set_callback(pointer, CURLOPT_WRITEFUNCTION, bodyReceived),
                stevedore_curl_set_callback(pointer, CURLOPT_HEADERFUNCTION, headerReceived),
            ]
        if let failure = results.first(where: { $0 != CURLE_OK }) {
            throw HTTPClientError(curl: failure, detail: "", hostAndPort: target)
        }
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    /// curl's words about the last failure; often empty.
    var errorDetail: String { String(cString: errorText) }

    private static func options(
        _ pointer: UnsafeMutableRawPointer, _ request: PreparedRequest, _ configuration: ClientConfiguration,
        _ totalTimeout: Duration?
    ) -> [CURLcode] {
        var results = [
            stevedore_curl_set_pointer(pointer, CURLOPT_URL, request.url),
            stevedore_curl_set_pointer(pointer, CURLOPT_PROTOCOLS_STR, "http,https"),
            // No proxy from the environment: the control plane is a named peer, not a site on the web.
            stevedore_curl_set_pointer(pointer, CURLOPT_PROXY, ""),
            stevedore_curl_set_long(pointer, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            stevedore_curl_set_long(pointer, CURLOPT_NOSIGNAL, 1),
            stevedore_curl_set_long(pointer, CURLOPT_FOLLOWLOCATION, 0),
            stevedore_curl_set_long(pointer, CURLOPT_TCP_KEEPALIVE, 1),
            stevedore_curl_set_long(pointer, CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.milliseconds),
            stevedore_curl_set_long(pointer, CURLOPT_TIMEOUT_MS, totalTimeout?.milliseconds ?? 0),
            stevedore_curl_set_long(pointer, CURLOPT_UPLOAD_BUFFERSIZE, 16_384),
            stevedore_curl_make_sockets(pointer),
        ]
        if let file = configuration.caFile {
            results.append(stevedore_curl_set_pointer(pointer, CURLOPT_CAINFO, file))
        }
        if let path = configuration.unixSocketPath {
            results.append(stevedore_curl_set_pointer(pointer, CURLOPT_UNIX_SOCKET_PATH, path))
        }
        if request.method == "HEAD" {
            results.append(stevedore_curl_set_long(pointer, CURLOPT_NOBODY, 1))
        } else if !request.body.isEmpty || request.method == "POST" || request.method == "PUT" {
            results.append(stevedore_curl_set_long(pointer, CURLOPT_POST, 1))
            results.append(stevedore_curl_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, Int(request.body.count)))
            results.append(
                request.body.withUnsafeBytes { body in
                    // An empty array may have no address, which would make curl read the body from a callback.
                    guard let start = body.baseAddress else {
                        return stevedore_curl_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, "")
                    }
                    return stevedore_curl_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, start)
                })
        }
        results.append(stevedore_curl_set_pointer(pointer, CURLOPT_CUSTOMREQUEST, request.method))
        return results
    }
}

extension Duration {
    /// Rounded up; at least 1, since curl takes 0 for "no limit".
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
