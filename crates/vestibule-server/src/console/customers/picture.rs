//! The picture of who acts for whom: on the left whoever may act for a customer, on the right whom it may act for. Numbers only;
//! the template draws them.

/// Width of the picture, and of a box, in its units.
const WIDTH: i64 = 900;
const BOX: i64 = 260;
/// Height of a row, and of a box in it.
const ROW: i64 = 38;
const BOX_HEIGHT: i64 = 28;
/// Most boxes on one side; the table has them all.
const ROWS_MAX: usize = 16;
/// Most characters of a box.
const CHARS_MAX: usize = 32;

/// Somebody at the other end of a grant.
pub struct Other {
    /// What it is called.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Whether the grant authorises now.
    pub is_in_force: bool,
}

/// A box.
#[derive(Debug)]
pub struct Node {
    /// Its left edge.
    pub x: i64,
    /// Its upper edge.
    pub y: i64,
    /// The line of its text.
    pub baseline: i64,
    /// What stands in it.
    pub text: String,
    /// The whole name.
    pub title: String,
    /// Its page; absent for the customer whose picture it is.
    pub href: Option<String>,
}

/// An arrow: from who acts to whom they act for.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Where it begins.
    pub from: (i64, i64),
    /// Where it points.
    pub to: (i64, i64),
    /// Whether the grant authorises now; else it is dashed.
    pub is_in_force: bool,
}

/// The picture.
pub struct Picture {
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// Width of a box.
    pub box_width: i64,
    /// Height of a box.
    pub box_height: i64,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub arrows: Vec<Arrow>,
    /// How many are not drawn.
    pub left_out: i64,
}

fn short(name: &str) -> String {
    match name.chars().count() > CHARS_MAX {
        true => format!("{}…", name.chars().take(CHARS_MAX - 1).collect::<String>()),
        false => name.to_owned(),
    }
}

fn node(x: i64, y: i64, name: &str, href: Option<String>) -> Node {
    Node { x, y, baseline: y + BOX_HEIGHT / 2 + 4, text: short(name), title: name.to_owned(), href }
}

impl Picture {
    /// Draws a customer between those who may act for it and those for whom it may act.
    pub fn of(name: &str, holders: Vec<Other>, granters: Vec<Other>) -> Self {
        let left_out = [&holders, &granters].map(|side| side.len().saturating_sub(ROWS_MAX)).into_iter().sum::<usize>();
        let rows = holders.len().max(granters.len()).clamp(1, ROWS_MAX);
        let height = i64::try_from(rows).unwrap_or(1) * ROW + 4;
        let middle = (height - BOX_HEIGHT) / 2;
        let (own_x, right_x) = ((WIDTH - BOX) / 2, WIDTH - BOX);
        let (mut nodes, mut arrows) = (vec![node(own_x, middle, name, None)], Vec::new());
        // Two arrows at one edge end beside each other, the few as near the middle as the many.
        for (side, x) in [(holders, 0), (granters, right_x)] {
            let count = side.len().min(ROWS_MAX);
            let top = (height - i64::try_from(count).unwrap_or(1) * ROW) / 2 + (ROW - BOX_HEIGHT) / 2;
            for (at, other) in side.into_iter().take(ROWS_MAX).enumerate() {
                let y = top + i64::try_from(at).unwrap_or_default() * ROW;
                let (own, its) = (middle + BOX_HEIGHT / 2, y + BOX_HEIGHT / 2);
                let (from, to) = match x {
                    0 => ((BOX, its), (own_x, own)),
                    _ => ((own_x + BOX, own), (right_x, its)),
                };
                arrows.push(Arrow { from, to, is_in_force: other.is_in_force });
                nodes.push(node(x, y, &other.name, Some(other.href)));
            }
        }
        let left_out = i64::try_from(left_out).unwrap_or(i64::MAX);
        Self { width: WIDTH, height, box_width: BOX, box_height: BOX_HEIGHT, nodes, arrows, left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn others(count: usize, is_in_force: bool) -> Vec<Other> {
        (0..count).map(|n| Other { name: format!("customer {n}"), href: format!("/{n}"), is_in_force }).collect()
    }

    #[test]
    fn arrows_lead_from_who_acts_to_whom_they_act_for() {
        let drawn = Picture::of("Dana", others(1, true), others(1, false));
        assert_eq!(drawn.height, ROW + 4);
        let middle = drawn.height / 2;
        assert_eq!(
            drawn.arrows,
            [
                Arrow { from: (260, middle), to: (320, middle), is_in_force: true },
                Arrow { from: (580, middle), to: (640, middle), is_in_force: false }
            ]
        );
        assert_eq!(drawn.nodes.iter().filter(|node| node.href.is_none()).count(), 1);
    }

    #[test]
    fn every_box_lies_inside_and_what_does_not_fit_is_counted() {
        for (left, right, left_out) in [(0, 0, 0), (1, 3, 0), (16, 2, 0), (17, 75, 1 + 59)] {
            let drawn = Picture::of(&"x".repeat(80), others(left, true), others(right, true));
            assert_eq!((drawn.left_out, drawn.nodes.len()), (left_out, 1 + left.min(16) + right.min(16)), "{left} {right}");
            for node in &drawn.nodes {
                assert!(node.x >= 0 && node.x + BOX <= WIDTH && node.y >= 0 && node.y + BOX_HEIGHT <= drawn.height, "{node:?}");
                assert!(node.text.chars().count() <= CHARS_MAX);
            }
        }
    }
}
