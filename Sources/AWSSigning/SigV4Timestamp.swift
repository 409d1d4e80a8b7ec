package import FoundationEssentials

extension SigV4 {
    /// A moment to the second, spelled `yyyyMMdd'T'HHmmss'Z'` as in X-Amz-Date. Proleptic Gregorian, UTC.
    package struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
        /// Since 1970-01-01T00:00:00Z.
        package let epochSeconds: Int

        package init(epochSeconds: Int) { self.epochSeconds = epochSeconds }

        package init(_ date: Date) {
            // Within the years 1 to 9999, so that the text always has its sixteen characters.
            let seconds = date.timeIntervalSince1970.rounded(.down)
            self.init(epochSeconds: Int(min(max(seconds, -62_135_596_800), 253_402_300_799)))
        }

        /// Nil for anything but the exact form with a real date and time.
        package init?(_ text: String) {
            let utf8 = Array(text.utf8)
            guard utf8.count == 16, utf8[8] == UInt8(ascii: "T"), utf8[15] == UInt8(ascii: "Z") else { return nil }
            func number(_ range: Range<Int>) -> Int? {
                var value = 0
                for byte in utf8[range] {
                    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                    value = value * 10 + Int(byte - UInt8(ascii: "0"))
                }
                return value
            }
            guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
                let hour = number(9..<11),
                let minute = number(11..<13), let second = number(13..<15), year > 0, (1...12).contains(month),
                day > 0, hour < 24, minute < 60, second < 60
            else { return nil }
            let days = Self.days(year: year, month: month, day: day)
            guard Self.civil(days: days) == (year, month, day) else { return nil }
            self.init(epochSeconds: days * 86_400 + hour * 3_600 + minute * 60 + second)
        }

        package var description: String {
            let secondOfDay = ((epochSeconds % 86_400) + 86_400) % 86_400
            let time = secondOfDay / 3_600 * 10_000 + secondOfDay / 60 % 60 * 100 + secondOfDay % 60
            return "\(day)T\(Self.padded(time, to: 6))Z"
        }

        /// "yyyyMMdd", as in a credential scope.
        package var day: String {
            let days = epochSeconds >= 0 ? epochSeconds / 86_400 : (epochSeconds - 86_399) / 86_400
            let (year, month, day) = Self.civil(days: days)
            return Self.padded(year * 10_000 + month * 100 + day, to: 8)
        }

        private static func padded(_ value: Int, to digits: Int) -> String {
            let text = String(value)
            return text.utf8.count < digits ? String(repeating: "0", count: digits - text.utf8.count) + text : text
        }

        package func advanced(bySeconds seconds: Int) -> Timestamp { Timestamp(epochSeconds: epochSeconds + seconds) }

        package static func < (left: Timestamp, right: Timestamp) -> Bool { left.epochSeconds < right.epochSeconds }

        // Days are counted in years that begin in March, so that the leap day comes last and months follow one formula.

        private static func days(year: Int, month: Int, day: Int) -> Int {
            let marchYear = month > 2 ? year : year - 1
            let era = marchYear / 400
            let yearOfEra = marchYear - era * 400
            let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
            return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        }

        private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
            let shifted = days + 719_468
            let era = shifted / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let monthFromMarch = (5 * dayOfYear + 2) / 153
            let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
            let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
            return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        }
    }
}
