//! Instants in words: "in 3 h 12 min", with the exact one at hand.

use vestibule_core::time::Timestamp;

use super::texts::Speech;

/// Units of time, largest first, in seconds; the names are texts.
const UNITS: [(i64, &str); 4] = [(86_400, "unit-day"), (3_600, "unit-hour"), (60, "unit-minute"), (1, "unit-second")];

/// A length in its two largest units; nothing shorter than a second.
pub fn length(speech: Speech, seconds: i64) -> String {
    let seconds = seconds.max(0);
    let first = UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(UNITS.len() - 1);
    let mut left = seconds;
    let mut parts = Vec::new();
    for (size, name) in UNITS.iter().skip(first).take(2) {
        let count = left / size;
        left %= size;
        // "3 h 0 min" says no more than "3 h".
        if count > 0 || parts.is_empty() {
            parts.push(speech.with(name, "count", &count.to_string()));
        }
    }
    parts.join(" ")
}

/// How far an instant is from now: "in 3 h 12 min", "2 d 4 h ago", "now".
pub fn distance(speech: Speech, now: Timestamp, at: Timestamp) -> String {
    let seconds = (at.millis() - now.millis()).div_euclid(1_000);
    match seconds {
        0 => speech.say("time-now"),
        1.. => speech.with("time-in", "length", &length(speech, seconds)),
        _ => speech.with("time-ago", "length", &length(speech, -seconds)),
    }
}

/// The instant as an element: in words, the exact one in its title. The script turns that into the reader's own zone.
pub fn element(speech: Speech, now: Timestamp, at: Timestamp) -> String {
    let exact = at.to_string();
    let shown = exact.replace('T', " ").replace('Z', " UTC");
    // Nothing in here comes from outside: digits, and texts of ours.
    format!("<time datetime=\"{exact}\" title=\"{shown}\">{}</time>", distance(speech, now, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_its_two_largest_units() {
        let english = Speech::of("en");
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3_600, "1 h"),
            (11_520, "3 h 12 min"),
            (86_400 + 60, "1 d"),
            (90_000, "1 d 1 h"),
            (-5, "0 s"),
        ] {
            assert_eq!(length(english, seconds), words, "{seconds}");
        }
    }

    #[test]
    fn an_instant_lies_ahead_or_behind() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let words = |language, seconds| distance(Speech::of(language), now, now.plus_seconds(seconds));
        assert_eq!(words("en", 11_520), "in 3 h 12 min");
        assert_eq!(words("en", -120), "2 min ago");
        assert_eq!(words("en", 0), "now");
        assert_eq!(words("de", 11_520), "in 3 Std. 12 Min.");
        assert_eq!(words("de", -120), "vor 2 Min.");
    }
}
