import Dispatch

/// A source of Dispatch's, of whatever kind, that is set up by one and cancelled by others.
///
/// - `@unchecked Sendable`: the reference never changes, and once the source is set up others only cancel it, which
///   Dispatch allows from any thread; its protocol merely does not say so.
struct EventSource: @unchecked Sendable {
    let base: any DispatchSourceProtocol
}
