import FoundationEssentials

/// Which events are told again: one that says the same as the last of its kind is not, until its cause is resolved or
/// six hours have passed.
///
/// - Source: spec/ecs-scheduling.md section 3.3; Developer Guide, "Service event messages".
enum Notices {
    /// Posts the event, if it was not told lately.
    ///
    /// - Parameter cause: what has to change for the event to be told again before its time.
    static func raise(_ kind: Notice.Kind, cause: String = "", _ event: ServiceEvent, in draft: inout Draft) {
        draft.liveNotices.insert(kind)
        let place = draft.state.notices.firstIndex { $0.kind == kind }
        if let place, draft.state.notices[place].cause == cause {
            let repeatAt = draft.state.notices[place].toldAt.addingTimeInterval(draft.settings.eventRepeatSeconds)
            draft.alarm.set(repeatAt)
            if draft.now < repeatAt { return }
        }
        let notice = Notice(kind: kind, cause: cause, toldAt: draft.now)
        if let place { draft.state.notices[place] = notice } else { draft.state.notices.append(notice) }
        draft.alarm.set(draft.now.addingTimeInterval(draft.settings.eventRepeatSeconds))
        draft.post(event)
    }

    /// Says that the cause is not known to be resolved, though it cannot be seen now.
    static func keep(_ kind: Notice.Kind, in draft: inout Draft) { draft.liveNotices.insert(kind) }

    static func isTold(_ kind: Notice.Kind, in draft: Draft) -> Bool {
        draft.state.notices.contains { $0.kind == kind }
    }

    /// Forgets what was resolved.
    static func forget(in draft: inout Draft) {
        let live = draft.liveNotices
        draft.state.notices.removeAll { !live.contains($0.kind) }
    }
}
