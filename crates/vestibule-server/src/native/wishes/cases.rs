//! What is asked of cases, and of what is said in them.

use axum::http::Uri;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use vestibule_core::{
    case::{Activity, ActivityId, Case, CaseId, CaseStatus, Direction, FileLabel},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CaseSearch, NewActivity, PageRequest};

use super::{Fields, ordered_page};

/// Which cases to list.
pub fn cases(uri: &Uri) -> Result<(CaseSearch, PageRequest), Refusal> {
    let mut fields = Fields::query(uri)?;
    let search = CaseSearch { customer: fields.parsed("customer"), status: fields.parsed("status"), ..CaseSearch::default() };
    let page = ordered_page::<CaseId>(&mut fields);
    fields.finish(Some((search, page)))
}

/// Which activities to list.
pub fn activities(uri: &Uri) -> Result<(CaseSearch, PageRequest), Refusal> {
    let mut fields = Fields::query(uri)?;
    let search = CaseSearch { customer: fields.parsed("customer"), case: fields.parsed("case"), ..CaseSearch::default() };
    let page = ordered_page::<ActivityId>(&mut fields);
    fields.finish(Some((search, page)))
}

/// A case to open.
pub struct CaseWish {
    /// Whose, by id or number.
    pub customer: String,
    /// What it is about.
    pub subject: String,
    /// How it stands.
    pub status: CaseStatus,
}

/// A case to open.
pub fn new_case(body: Value) -> Result<CaseWish, Refusal> {
    let mut fields = Fields::of(body)?;
    let customer = fields.required("customer");
    let subject = subject(&mut fields);
    let status = fields.parsed("status").unwrap_or_default();
    fields.finish(customer.zip(subject).map(|(customer, subject)| CaseWish { customer, subject, status }))
}

fn subject(fields: &mut Fields) -> Option<String> {
    let raw = fields.required("subject")?;
    fields.check("subject", Case::check_subject(&raw))
}

/// Something to keep: with whom, and what.
pub fn new_activity(body: Value) -> Result<(String, NewActivity), Refusal> {
    let mut fields = Fields::of(body)?;
    let customer = fields.required("customer");
    let case = fields.parsed("case");
    let direction: Option<Direction> = fields.required_parsed("direction");
    let subject = subject(&mut fields);
    let body = fields.required("body").and_then(|raw| fields.check("body", Activity::check_body(&raw)));
    let files = fields.each("attachments", Activity::ATTACHMENTS_MAX, file).unwrap_or_default();
    let said = customer.zip(direction).zip(subject.zip(body));
    fields.finish(said.map(|((customer, direction), (subject, body))| (customer, NewActivity { case, direction, subject, body, files })))
}

/// A file: its name, its type, and its bytes in base64.
fn file(mut fields: Fields) -> Result<(FileLabel, Vec<u8>), Refusal> {
    let (name, kind, content) = (fields.required("name"), fields.required("content_type"), fields.required("content"));
    let decode = |raw: String| STANDARD.decode(raw).map_err(|_| Malformed::new("content", Fault::Format("base64")));
    let bytes = content.and_then(|raw| fields.check("content", decode(raw)));
    let read = name.zip(kind).zip(bytes);
    let ((name, kind), bytes) = fields.finish(read)?;
    Ok((FileLabel::check(&name, &kind, bytes.len())?, bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_kept_is_refused_by_name() {
        let good = json!({ "customer": "1", "direction": "inbound", "subject": "Bill", "body": "", "attachments": [
            { "name": "a.txt", "content_type": "text/plain", "content": "aGVsbG8=" }] });
        assert_eq!(new_activity(good.clone()).unwrap().1.files[0].1, b"hello");
        for (place, value, field) in [
            ("/customer", json!(7), "customer"),
            ("/direction", json!("up"), "direction"),
            ("/subject", json!(""), "subject"),
            ("/attachments", json!({}), "attachments"),
            ("/attachments/0", json!("x"), "attachments[0]"),
            ("/attachments/0/content", json!("???"), "attachments[0].content"),
            ("/attachments/0/content_type", json!("text"), "attachments[0].content_type"),
            ("/attachments/0/name", json!(null), "attachments[0].name"),
            ("/attachments", json!(vec![good["attachments"][0].clone(); 11]), "attachments"),
        ] {
            let mut body = good.clone();
            *body.pointer_mut(place).unwrap() = value;
            match new_activity(body).map(drop).unwrap_err() {
                Refusal::Malformed(fault) => assert_eq!(fault.field, field, "{place}"),
                other => panic!("{place}: {other:?}"),
            }
        }
        assert!(new_case(json!({ "customer": "1", "subject": "x", "status": "done" })).is_err());
    }
}
