import FoundationEssentials

/// A task whose host is silent may run or not. Once the host was silent for ``Settings/replaceAfterSeconds`` its tasks
/// do not count as running any more, and others are started for them.
///
/// The lost tasks are not stopped: nobody there could hear it, and if the host comes back they run. Then there are more
/// than there should be, and ``ScaleInOrder`` takes those that are not healthy first: so a replacement that is not up
/// yet goes rather than the task that has come back, and the count is never undershot.
///
/// - Source: ECS replaces tasks of instances that are gone; how soon is not published.
enum LostHosts {
    static func isLost(_ instance: Instance, now: Date, settings: Settings) -> Bool {
        guard let lastHeardAt = instance.lastHeardAt else { return false }
        return now >= lastHeardAt.addingTimeInterval(settings.replaceAfterSeconds)
    }

    /// Sets the alarm for when it will be, as well.
    static func isLost(_ instance: Instance, now: Date, settings: Settings, alarm: inout Alarm) -> Bool {
        if let lastHeardAt = instance.lastHeardAt {
            alarm.set(lastHeardAt.addingTimeInterval(settings.replaceAfterSeconds))
        }
        return isLost(instance, now: now, settings: settings)
    }
}
