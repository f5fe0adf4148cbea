//! The page before an act that takes something away: it names what ends.

use askama::Template;

use super::frame::Frame;

/// Asks before something is taken away; its form goes to where the page stands.
#[derive(Template)]
#[template(path = "console/confirm.html")]
pub struct ConfirmPage {
    /// What stands round it.
    pub f: Frame,
    /// What is about to happen.
    pub title: String,
    /// What ends by it.
    pub words: String,
    /// The button's text.
    pub act: String,
    /// Where to go instead.
    pub back: String,
}

impl ConfirmPage {
    /// Asks about an act that goes by a text's name, in the place where the reader is.
    pub fn here(f: Frame, act: &str, words: String) -> Self {
        let (act, back) = (f.t(act), f.at(f.here));
        Self { f, title: act.clone(), words, act, back }
    }
}
