internal import CMicroHTTPD
import Glibc

// What libmicrohttpd calls. All of these run on the one libmicrohttpd thread that owns the connection, never on two at
// once for the same connection, and never on a thread of Swift's pool. They are plain functions in a file of their own:
// a closure written where an actor is in force would trap when C calls it.

/// A connection begins or has ended; in between, its socket context holds a retained ``Connection``.
func connectionChanged(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ event: MHD_ConnectionNotificationCode
) {
    guard let context, let handle, let socketContext else { return }
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    if event == .CONNECTION_NOTIFY_STARTED {
        // A nudge, not a client.
        guard stevedore_mhd_client_address(handle)?.pointee.sa_family != Daemons.nudgeFamily else { return }
        let connection = core.opened(ConnectionHandle(pointer: handle))
        socketContext.pointee = Unmanaged.passRetained(connection).toOpaque()
    } else if let pointer = socketContext.pointee {
        socketContext.pointee = nil
        core.closed(Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue())
    }
}

/// The request line has come; the target is still as the client wrote it.
func requestLineRead(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    let bytes = target.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
    connection(handle)?.keepTarget(bytes)
    return nil
}

func accessRequested(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadSize: UnsafeMutablePointer<Int>?,
    _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let connection = connection(handle), let method, let url, let version, let uploadSize else { return .NO }
    let size = uploadSize.pointee
    uploadSize.pointee = 0
    let proceeds = connection.access(
        method: method, url: url, version: version, upload: UnsafeRawBufferPointer(start: upload, count: size))
    return proceeds ? .YES : .NO
}

func requestCompleted(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_RequestTerminationCode
) {
    connection(handle)?.requestCompleted()
}

func readStream(
    _ context: UnsafeMutableRawPointer?, _ position: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
    guard let context, let buffer else { return 0 }
    let stream = Unmanaged<ResponseStream>.fromOpaque(context).takeUnretainedValue()
    return stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

/// libmicrohttpd has let go of the streamed response.
func releaseStream(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<ResponseStream>.fromOpaque(context).release()
}

private func connection(_ handle: OpaquePointer?) -> Connection? {
    stevedore_mhd_socket_context(handle).map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
}
