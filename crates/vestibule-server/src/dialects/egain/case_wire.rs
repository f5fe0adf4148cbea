//! Shapes of cases, activities and attachments on the wire. None of them is published; they follow the customers' (`links`
//! first, `id` last; values in objects), and are ours.

use base64::{Engine, engine::general_purpose::STANDARD};
use vestibule_core::{
    case::{Activity, Attachment, Case},
    customer::CustomerId,
    time::Timestamp,
};
use vestibule_operations::ActivityView;

use super::{
    call::Call,
    caller::Actor,
    errors::Failure,
    node::{Document, Node},
    shape::{Members, Part, Shape},
    stead::Stead,
    tree::Incoming,
    words::{self, param},
};

/// The root of an e-mail in XML.
pub const ACTIVITY: &str = "activity";

/// An e-mail that is to be kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Mail {
    /// With whom, where that is not said by who calls.
    pub customer: Option<String>,
    /// The case that it belongs to.
    pub case: Option<String>,
    /// What it is about.
    pub subject: String,
    /// What is said.
    pub content: String,
}

/// Reads an e-mail. Users and client applications say with whom; customers may not.
pub fn mail(body: &Incoming, actor: Actor) -> Result<Mail, Failure> {
    let is_customer = actor == Actor::Customer;
    let known: &[&str] = if is_customer { &["case", "subject", "content"] } else { &["customer", "case", "subject", "content"] };
    let shape = Shape::new(body);
    let read = shape.root().members(known).and_then(|root| {
        let customer = if is_customer { Some(None) } else { root.required("customer").and_then(|part| id(&part)).map(Some) };
        let case = match root.optional("case") {
            None => Some(None),
            Some(part) => id(&part).map(Some),
        };
        let subject = root.required("subject").and_then(|part| subject(&part));
        let content = content(&root);
        Some(Mail { customer: customer?, case: case?, subject: subject?, content: content? })
    });
    shape.finish(read)
}

/// Reads the answer to an e-mail: its subject, if another one is wanted, and what is said.
pub fn answer(body: &Incoming) -> Result<(Option<String>, String), Failure> {
    let shape = Shape::new(body);
    let read = shape.root().members(&["subject", "content"]).and_then(|root| {
        let subject = match root.optional("subject") {
            None => Some(None),
            Some(part) => subject(&part).map(Some),
        };
        let content = content(&root);
        Some((subject?, content?))
    });
    shape.finish(read)
}

/// The id in an object that has nothing else.
fn id(part: &Part<'_>) -> Option<String> {
    part.members(&["id"])?.required("id")?.id()
}

fn subject(part: &Part<'_>) -> Option<String> {
    let checked = Case::check_subject(part.text()?);
    if checked.is_err() {
        part.bad("not_a_subject");
    }
    checked.ok()
}

fn content(root: &Members<'_>) -> Option<String> {
    let part = root.required("content")?;
    let checked = Activity::check_body(part.text_or_empty()?);
    if checked.is_err() {
        part.bad("too_long");
    }
    checked.ok()
}

/// Where things stand: the addresses of one call.
pub struct Places<'c> {
    /// The call.
    pub call: &'c Call,
    /// In whose stead it is made.
    pub stead: Stead,
}

impl Places<'_> {
    /// The address of something below the case manager.
    pub fn at(&self, path: &str) -> String {
        self.stead.linked(self.call.href_at(words::CASES, path), param::CUSTOMER)
    }

    fn link(&self, rel: &'static str, path: &str) -> Node {
        Node::link(rel, self.at(path))
    }

    /// Whose a thing is; customers have no address for that.
    fn customer(&self, id: CustomerId) -> Node {
        let link = Node::link("customer", self.call.href_at(words::V3, &format!("/customer/{id}")));
        let mut members = vec![("link", Node::List(vec![link])), ("id", Node::attribute(id.to_string()))];
        if self.call.actor == Actor::Customer {
            members.remove(0);
        }
        Node::Object(members)
    }

    /// A case.
    pub fn case(&self, case: &Case) -> Node {
        let activities = self.call.href_at(words::CASES, &format!("/activity?case={}", case.id));
        let activities = Node::link("activities", self.stead.linked(activities, param::CUSTOMER_ID));
        Node::Object(vec![
            ("link", Node::List(vec![self.link("self", &format!("/case/{}", case.id)), activities])),
            ("subject", Node::text(&*case.subject)),
            ("status", value(case.status.as_str())),
            ("customer", self.customer(case.customer)),
            ("created", date(case.created_at)),
            ("id", Node::attribute(case.id.to_string())),
        ])
    }

    /// An activity, with what is known of what came with it.
    pub fn activity(&self, view: &ActivityView) -> Node {
        let activity = &view.activity;
        let mut members = vec![
            ("link", Node::List(vec![self.link("self", &format!("/activity/{}", activity.id))])),
            ("type", value("email")),
            ("mode", value(activity.direction.as_str())),
            ("subject", Node::text(&*activity.subject)),
            ("content", Node::text(&*activity.body)),
        ];
        if let Some(case) = activity.case {
            let link = self.link("case", &format!("/case/{case}"));
            members.push(("case", Node::Object(vec![("link", Node::List(vec![link])), ("id", Node::attribute(case.to_string()))])));
        }
        members.push(("customer", self.customer(activity.customer)));
        if !view.attachments.is_empty() {
            let files = view.attachments.iter().map(|file| self.attachment(file, None)).collect();
            members.push(("attachments", Node::Object(vec![("attachment", Node::List(files))])));
        }
        members.extend([("created", date(activity.created_at)), ("id", Node::attribute(activity.id.to_string()))]);
        Node::Object(members)
    }

    /// A file, with its bytes where they are asked for.
    pub fn attachment(&self, attachment: &Attachment, bytes: Option<&[u8]>) -> Node {
        let file = &attachment.file;
        let path = format!("/activity/{}/attachment/{}", attachment.activity, attachment.id);
        let mut members = vec![
            ("link", Node::List(vec![self.link("self", &path)])),
            ("name", Node::text(&*file.name)),
            ("contentType", Node::text(&*file.content_type)),
            ("size", Node::Number(i64::try_from(file.size).unwrap_or(i64::MAX))),
        ];
        members.extend(bytes.map(|bytes| ("content", Node::text(STANDARD.encode(bytes)))));
        members.push(("id", Node::attribute(attachment.id.to_string())));
        Node::Object(members)
    }
}

fn value(word: &str) -> Node {
    Node::Object(vec![("value", Node::text(word))])
}

/// An instant (section 3, "Dates").
pub fn date(at: Timestamp) -> Node {
    Node::Object(vec![("date", Node::text(at.millis_text()))])
}

/// A list under its name, with its page where pages are counted.
pub fn list(root: &'static str, name: &'static str, items: Vec<Node>, info: Option<Node>) -> Document {
    let mut members = vec![(name, Node::List(items))];
    members.extend(info.map(|info| ("paginationInfo", info)));
    Document { root, namespace: words::CASE_NAMESPACE, node: Node::Object(members) }
}
