//! The picture of who was let in, when, and for how long: made on the server, so that it needs no script, prints, and can
//! be looked at closer by a link.

use vestibule_core::time::Timestamp;

/// What a bar stands for; the word is its class in the stylesheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Somebody was invited.
    Invitation,
    /// The window to all support staff.
    Window,
    /// An agent was inside.
    Session,
    /// One customer could act for another.
    Grant,
}

impl Lane {
    /// Its class.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Window => "window",
            Self::Session => "session",
            Self::Grant => "grant",
        }
    }
}

/// Something that stood for a while.
#[derive(Debug, Clone)]
pub struct Span {
    /// What it was.
    pub lane: Lane,
    /// Whose row it is drawn in.
    pub row: String,
    /// Said when the bar is pointed at or read out.
    pub title: String,
    /// From this instant.
    pub from: Timestamp,
    /// Until this one; absent: it has no end.
    pub until: Option<Timestamp>,
    /// Where a click leads.
    pub href: Option<String>,
}

/// What part of time is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The left edge.
    pub from: Timestamp,
    /// The right edge; later than the left.
    pub until: Timestamp,
}

/// A bar, in the picture's own units.
#[derive(Debug)]
pub struct Bar {
    /// Its class.
    pub class: &'static str,
    /// Its left edge.
    pub x: i64,
    /// Its upper edge.
    pub y: i64,
    /// Its length, at least what can be seen.
    pub width: i64,
    /// How thick it is.
    pub height: i64,
    /// What it says.
    pub title: String,
    /// Where it leads.
    pub href: Option<String>,
}

/// A row's name.
#[derive(Debug)]
pub struct Label {
    /// Its base line.
    pub y: i64,
    /// The text, cut to what fits.
    pub text: String,
}

/// A line across all rows, with its date.
#[derive(Debug)]
pub struct Tick {
    /// Where it stands.
    pub x: i64,
    /// The date, or the time of day.
    pub text: String,
}

/// The picture, ready to be written.
#[derive(Debug)]
pub struct Timeline {
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// The bars, oldest rows first.
    pub bars: Vec<Bar>,
    /// The rows' names.
    pub labels: Vec<Label>,
    /// Dates.
    pub ticks: Vec<Tick>,
    /// Where now is, if it is in the frame.
    pub now: Option<i64>,
    /// Rows that were left out.
    pub left_out: i64,
}

const WIDTH: i64 = 960;
const LEFT: i64 = 190;
const ROW: i64 = 26;
const BAR: i64 = 14;
const TOP: i64 = 30;
const ROWS_MAX: usize = 24;
const LABEL_CHARS_MAX: usize = 26;
/// A bar that lasted a minute can still be clicked.
const BAR_WIDTH_MIN: i64 = 4;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Steps between dates, of which the first that leaves at most ten is taken.
const STEPS_MS: [i64; 9] = [HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 90 * DAY_MS];
const TICKS_MAX: i64 = 10;

impl Frame {
    fn length_ms(self) -> i64 {
        (self.until.millis() - self.from.millis()).max(1)
    }

    fn x(self, at: Timestamp) -> i64 {
        let passed = (at.millis() - self.from.millis()).clamp(0, self.length_ms());
        LEFT + i64::try_from(i128::from(passed) * i128::from(WIDTH - LEFT) / i128::from(self.length_ms())).unwrap_or(WIDTH)
    }

    fn ticks(self) -> Vec<Tick> {
        let step = STEPS_MS.into_iter().find(|step| self.length_ms() / step <= TICKS_MAX).unwrap_or(365 * DAY_MS);
        let first = self.from.millis().div_euclid(step) * step + step;
        let tick = |millis| {
            let at = Timestamp::from_millis(millis);
            let text = at.to_string();
            let shown = if step < DAY_MS { text.get(11..16) } else { text.get(5..10) };
            Tick { x: self.x(at), text: shown.unwrap_or_default().to_owned() }
        };
        (0..=TICKS_MAX).map(|n| first + n * step).take_while(|millis| *millis < self.until.millis()).map(tick).collect()
    }
}

impl Timeline {
    /// Draws what stood at some time within the frame: one row for each name, in the order in which the names come.
    pub fn of(spans: Vec<Span>, frame: Frame, now: Timestamp) -> Self {
        let is_seen = |span: &Span| span.from < frame.until && span.until.is_none_or(|end| end > frame.from);
        let mut names: Vec<String> = Vec::new();
        let (mut bars, mut left_out) = (Vec::new(), std::collections::BTreeSet::new());
        for span in spans.into_iter().filter(is_seen) {
            let row = match names.iter().position(|name| *name == span.row) {
                Some(row) => row,
                None if names.len() < ROWS_MAX => {
                    names.push(span.row.clone());
                    names.len() - 1
                }
                None => {
                    left_out.insert(span.row);
                    continue;
                }
            };
            let (x, end) = (frame.x(span.from), frame.x(span.until.unwrap_or(frame.until)));
            // A session lies thinner on the invitation that it rests on.
            let is_session = span.lane == Lane::Session;
            let inset = if is_session { 4 } else { 0 };
            let y = TOP + i64::try_from(row).unwrap_or_default() * ROW + inset;
            let (x, width) = (x.min(WIDTH - BAR_WIDTH_MIN), (end - x).max(BAR_WIDTH_MIN));
            let (class, height) = (span.lane.as_str(), BAR - 2 * inset);
            bars.push((is_session, Bar { class, x, y, width, height, title: span.title, href: span.href }));
        }
        // What is thinner is drawn last, so that it is not covered.
        bars.sort_by_key(|(is_session, _)| *is_session);
        let rows = i64::try_from(names.len()).unwrap_or_default();
        let label = |(row, name): (usize, String)| {
            let y = TOP + i64::try_from(row).unwrap_or_default() * ROW + 11;
            let text = match name.chars().count() > LABEL_CHARS_MAX {
                true => format!("{}…", name.chars().take(LABEL_CHARS_MAX - 1).collect::<String>()),
                false => name,
            };
            Label { y, text }
        };
        Self {
            width: WIDTH,
            height: TOP + rows.max(1) * ROW + 6,
            bars: bars.into_iter().map(|(_, bar)| bar).collect(),
            labels: names.into_iter().enumerate().map(label).collect(),
            ticks: frame.ticks(),
            now: (frame.from <= now && now < frame.until).then(|| frame.x(now)),
            left_out: i64::try_from(left_out.len()).unwrap_or(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + hours * HOUR_MS)
    }

    fn span(row: &str, from: i64, until: Option<i64>) -> Span {
        Span { lane: Lane::Invitation, row: row.to_owned(), title: String::new(), from: at(from), until: until.map(at), href: None }
    }

    const FRAME: fn() -> Frame = || Frame { from: at(0), until: at(770) };

    #[test]
    fn a_bar_lies_where_its_time_does() {
        let drawn = Timeline::of(vec![span("mia", 77, Some(154)), span("mia", 700, None), span("tom", -50, Some(10))], FRAME(), at(385));
        let bars: Vec<_> = drawn.bars.iter().map(|bar| (bar.x, bar.y, bar.width)).collect();
        assert_eq!(bars, [(267, TOP, 77), (890, TOP, 70), (190, TOP + ROW, 10)]);
        assert_eq!((drawn.now, drawn.labels.len(), drawn.height), (Some(575), 2, TOP + 2 * ROW + 6));
    }

    #[test]
    fn what_lies_outside_is_not_drawn_and_what_is_short_can_be_seen() {
        let outside = [span("a", -9, Some(0)), span("b", 770, None)];
        assert!(Timeline::of(outside.into(), FRAME(), at(-1)).bars.is_empty());
        let short = Timeline::of(vec![span("a", 1, Some(1))], FRAME(), at(-1));
        assert_eq!((short.bars[0].width, short.now), (BAR_WIDTH_MIN, None));
        let last = Timeline::of(vec![span("a", 769, Some(900))], FRAME(), at(0));
        assert!(last.bars[0].x + last.bars[0].width <= WIDTH);
    }

    #[test]
    fn rows_that_do_not_fit_are_counted() {
        let many = (0..40).map(|n| span(&format!("person {n} with quite a long name indeed"), 1, Some(2))).collect();
        let drawn = Timeline::of(many, FRAME(), at(0));
        assert_eq!((drawn.labels.len(), drawn.left_out), (ROWS_MAX, 40 - 24));
        assert_eq!(drawn.labels[0].text.chars().count(), LABEL_CHARS_MAX);
    }

    #[test]
    fn dates_are_as_close_as_can_be_read() {
        for hours in [5, 24, 72, 720, 8_760, 87_600] {
            let ticks = Frame { from: at(0), until: at(hours) }.ticks();
            assert!((1..=11).contains(&ticks.len()), "{hours} h: {}", ticks.len());
        }
    }
}
