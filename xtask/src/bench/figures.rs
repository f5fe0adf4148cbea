//! Figures: medians with their spread, beside their limits, and the page that they are written to.

use std::{fs, path::Path};

use crate::steps::Failure;

/// One figure, taken once a round.
#[derive(Debug, Clone, Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a round's.
    pub fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Round by round, this over that.
    pub fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one / other).collect())
    }

    /// The middle one, or the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
        let half = sorted.len() / 2;
        if sorted.len() % 2 == 1 { middle(half) } else { f64::midpoint(middle(half.wrapping_sub(1)), middle(half)) }
    }

    fn least(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    fn most(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }
}

/// What a median is held to.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// It is only stated.
    None,
    /// At least this.
    Least(f64),
    /// At most this.
    Most(f64),
}

/// A line of a table.
#[derive(Debug)]
pub struct Row {
    /// What is measured.
    pub what: String,
    /// Its rounds.
    pub series: Series,
    /// Its unit; empty for a ratio.
    pub unit: &'static str,
    /// What it is held to.
    pub limit: Limit,
}

impl Row {
    /// A figure that is only stated.
    pub fn stated(what: impl Into<String>, unit: &'static str, series: Series) -> Self {
        Self { what: what.into(), series, unit, limit: Limit::None }
    }

    /// A figure with a limit.
    pub fn held(what: impl Into<String>, unit: &'static str, series: Series, limit: Limit) -> Self {
        Self { what: what.into(), series, unit, limit }
    }

    fn line(&self) -> String {
        let median = self.series.median();
        let (limit, verdict) = match self.limit {
            Limit::None => (String::new(), ""),
            Limit::Least(least) => (format!("≥ {}", number(least)), if median >= least { "met" } else { "**missed**" }),
            Limit::Most(most) => (format!("≤ {}", number(most)), if median <= most { "met" } else { "**missed**" }),
        };
        let (least, most) = (number(self.series.least()), number(self.series.most()));
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        format!("| {} | {}{unit} | {least} to {most} | {limit} | {verdict} |", self.what, number(median))
    }
}

/// A table of rows.
pub fn table(rows: &[Row]) -> String {
    let lines: Vec<String> = rows.iter().map(Row::line).collect();
    format!("| What | Median | Spread | Limit | |\n| --- | --- | --- | --- | --- |\n{}\n", lines.join("\n"))
}

/// Three significant digits, and thousands apart.
fn number(figure: f64) -> String {
    match figure.abs() {
        huge if huge >= 1_000.0 => {
            let digits = format!("{figure:.0}");
            let split = digits.len().saturating_sub(3);
            let (thousands, rest) = digits.split_at_checked(split).unwrap_or((digits.as_str(), ""));
            format!("{thousands},{rest}")
        }
        large if large >= 100.0 => format!("{figure:.0}"),
        middle if middle >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

/// Puts `text` between the page's marks of `name`; what people wrote round them stays.
///
/// # Errors
/// The page cannot be read or written, or has no such marks.
pub fn publish(page: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::Measure { what: "for docs/performance.md", met: error.to_string() };
    let before = fs::read_to_string(page).map_err(cannot)?;
    let after = between_marks(&before, name, text)
        .ok_or_else(|| Failure::Measure { what: "for docs/performance.md", met: format!("it has no marks for `{name}`") })?;
    fs::write(page, after).map_err(cannot)
}

fn between_marks(page: &str, name: &str, text: &str) -> Option<String> {
    let (open, close) = (format!("<!-- bench {name} -->\n"), format!("<!-- end of bench {name} -->"));
    let (before, rest) = page.split_once(&open)?;
    let (_, after) = rest.split_once(&close)?;
    Some(format!("{before}{open}{text}{close}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_and_a_row_says_whether_its_limit_is_met() {
        let series = Series(vec![3.0, 1.0, 2.0]);
        assert!((series.median() - 2.0).abs() < f64::EPSILON);
        assert!((Series(vec![1.0, 2.0]).median() - 1.5).abs() < f64::EPSILON);
        for (limit, verdict) in [
            (Limit::Least(2.0), "| met |"),
            (Limit::Least(2.1), "| **missed** |"),
            (Limit::Most(2.0), "| met |"),
            (Limit::Most(1.9), "| **missed** |"),
        ] {
            let line = Row::held("x", "ms", series.clone(), limit).line();
            assert!(line.starts_with("| x | 2.00 ms | 1.00 to 3.00 |") && line.ends_with(verdict), "{line}");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (figure, text) in [(0.9234, "0.92"), (12.34, "12.3"), (456.7, "457"), (1_000.0, "1,000"), (87_654.3, "87,654")] {
            assert_eq!(number(figure), text);
        }
    }

    #[test]
    fn only_what_stands_between_the_marks_changes() {
        let page = "a\n<!-- bench x -->\nold\n<!-- end of bench x -->\nb\n";
        assert_eq!(between_marks(page, "x", "new\n").unwrap(), "a\n<!-- bench x -->\nnew\n<!-- end of bench x -->\nb\n");
        assert_eq!(between_marks(page, "y", "new\n"), None);
    }
}
