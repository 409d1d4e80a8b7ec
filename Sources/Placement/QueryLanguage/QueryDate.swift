/// The dates of `registeredAt`.
enum QueryDate {
    /// Seconds since 1970 of `2018-06-18`, `2018-06-18T22:28:28`, the same with `Z`, or with `+00:00`. Without a zone, UTC.
    ///
    /// - Source: ECS Developer Guide, "Cluster query language", `registeredAt`.
    static func seconds(_ text: String) -> Int? {
        var rest = text.utf8[...]
        guard let year = number(4, &rest), take("-", &rest), let month = number(2, &rest), take("-", &rest),
            let day = number(2, &rest), (1...12).contains(month), (1...days(in: month, of: year)).contains(day)
        else { return nil }
        let midnight = daysSince1970(year: year, month: month, day: day) * 86_400
        guard !rest.isEmpty else { return midnight }
        guard take("T", &rest), let hour = number(2, &rest), take(":", &rest), let minute = number(2, &rest),
            take(":", &rest), let second = number(2, &rest), hour < 24, minute < 60, second < 60,
            let zone = zone(&rest), rest.isEmpty
        else { return nil }
        return midnight + hour * 3600 + minute * 60 + second - zone
    }

    /// Seconds east of UTC.
    private static func zone(_ text: inout Substring.UTF8View) -> Int? {
        if text.isEmpty || take("Z", &text) { return 0 }
        let isEast = take("+", &text)
        guard isEast || take("-", &text), let hour = number(2, &text), take(":", &text), let minute = number(2, &text),
            hour < 24, minute < 60
        else { return nil }
        return (isEast ? 1 : -1) * (hour * 3600 + minute * 60)
    }

    private static func number(_ digits: Int, _ text: inout Substring.UTF8View) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let byte = text.popFirst(), (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte) - 0x30
        }
        return value
    }

    private static func take(_ sign: Unicode.Scalar, _ text: inout Substring.UTF8View) -> Bool {
        guard text.first == UInt8(ascii: sign) else { return false }
        text.removeFirst()
        return true
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// By the proleptic Gregorian calendar: years counted from March, so that the leap day is the last of a year.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let leapDays = floorDivide(shifted, 4) - floorDivide(shifted, 100) + floorDivide(shifted, 400)
        return shifted * 365 + leapDays + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468
    }

    private static func floorDivide(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }
}
