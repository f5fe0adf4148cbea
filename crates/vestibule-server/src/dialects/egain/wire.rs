//! Shapes of grants on the wire (`spec/egain-grants.md`, section 5): what bodies ask for, and what answers show.

use vestibule_core::grant::GRANTS_MAX;
use vestibule_operations::{GrantsOf, Named};

use super::{
    errors::Failure,
    node::{Document, Node},
    shape::{Part, Shape},
    tree::Incoming,
    words,
};

/// The root of grants in XML.
pub const GRANTS: &str = "grants";
const ON: &str = "grantsOn";
const TO: &str = "grantsTo";

/// Who is to be opened up to whom: ids as they were sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The customer that is opened up.
    pub on: String,
    /// Those who may act for it.
    pub to: Vec<String>,
}

/// Reads a body that says who is opened up to whom.
pub fn wanted(body: &Incoming) -> Result<Wanted, Failure> {
    let shape = Shape::new(body);
    let read = shape.root().members(&[ON, TO]).and_then(|root| {
        // Both are looked at: each may have a fault that comes before the other's.
        let (on, to) = (root.required(ON), root.required(TO));
        let (on, to) = (on.and_then(|on| ids(&on, Count::One)), to.and_then(|to| ids(&to, Count::Some)));
        Some(Wanted { on: on?.into_iter().next()?, to: to? })
    });
    shape.finish(read)
}

/// Reads a body that says who may act no longer.
pub fn holders(body: &Incoming) -> Result<Vec<String>, Failure> {
    let shape = Shape::new(body);
    let read = shape.root().members(&[TO]).and_then(|root| ids(&root.required(TO)?, Count::Some));
    shape.finish(read)
}

/// How many customers a side has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    /// One; a second is a bad value, no matter of limits (section 6, step 7).
    One,
    /// One to [`GRANTS_MAX`].
    Some,
}

/// The ids of one side.
fn ids(side: &Part<'_>, count: Count) -> Option<Vec<String>> {
    let most = if count == Count::One { usize::MAX } else { GRANTS_MAX };
    let customers = side.members(&["customer"])?.required_items("customer", most)?;
    if let ([_, second, ..], Count::One) = (customers.as_slice(), count) {
        second.bad("more_than_one");
    }
    let id = |customer: &Part<'_>| customer.members(&["id"])?.required("id")?.id();
    let read: Vec<Option<String>> = customers.iter().map(id).collect();
    read.into_iter().collect()
}

/// How much of a grant's other end is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All of it: to users and client applications.
    Wholly,
    /// To a customer who reads its own grants: no links, and of those who may act for it the name alone.
    ToItself,
}

/// All grants of a customer; nothing where there are none. `href` is where a customer stands.
pub fn grants(of: &GrantsOf, shown: Shown, href: impl Fn(&Named) -> String) -> Option<Document> {
    let wholly = |named: &Named| {
        let link = Node::link("customer", href(named));
        Node::Object(vec![("link", Node::List(vec![link])), ("customerName", Node::text(&*named.name)), ("id", id(named))])
    };
    let without_link = |named: &Named| Node::Object(vec![("customerName", Node::text(&*named.name)), ("id", id(named))]);
    let by_name = |named: &Named| Node::Object(vec![("customerName", Node::text(&*named.name))]);
    let (on, to) = match shown {
        Shown::Wholly => (side(&of.on, &wholly), side(&of.to, &wholly)),
        Shown::ToItself => (side(&of.on, &without_link), side(&of.to, &by_name)),
    };
    let sides: Vec<_> = on.map(|on| (ON, on)).into_iter().chain(to.map(|to| (TO, to))).collect();
    let node = (!sides.is_empty()).then_some(Node::Object(sides))?;
    Some(Document { root: GRANTS, namespace: words::CUSTOMER_NAMESPACE, node })
}

fn id(named: &Named) -> Node {
    Node::Attribute(named.id.to_string())
}

/// One side; left out where nobody is on it.
fn side(all: &[Named], show: &dyn Fn(&Named) -> Node) -> Option<Node> {
    (!all.is_empty()).then(|| Node::Object(vec![("customer", Node::List(all.iter().map(show).collect()))]))
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
