//! How cases, and what was said in them, are shown.

use serde::Serialize;
use vestibule_core::{
    case::{Attachment, Case},
    time::Timestamp,
};
use vestibule_operations::ActivityView;

/// A case.
#[derive(Serialize)]
pub struct ShownCase<'a> {
    id: String,
    customer: String,
    subject: &'a str,
    status: &'static str,
    created_at: Timestamp,
}

/// Shows a case.
pub fn case(case: &Case) -> ShownCase<'_> {
    ShownCase {
        id: case.id.to_string(),
        customer: case.customer.to_string(),
        subject: &case.subject,
        status: case.status.as_str(),
        created_at: case.created_at,
    }
}

/// Something that was said.
#[derive(Serialize)]
pub struct ShownActivity<'a> {
    id: String,
    customer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    kind: &'static str,
    direction: &'static str,
    subject: &'a str,
    body: &'a str,
    attachments: Vec<ShownAttachment<'a>>,
    created_at: Timestamp,
}

/// A file that came with it, without its bytes.
#[derive(Serialize)]
struct ShownAttachment<'a> {
    id: String,
    name: &'a str,
    content_type: &'a str,
    size: usize,
}

/// Shows an activity.
pub fn activity(view: &ActivityView) -> ShownActivity<'_> {
    let activity = &view.activity;
    ShownActivity {
        id: activity.id.to_string(),
        customer: activity.customer.to_string(),
        case: activity.case.map(|case| case.to_string()),
        kind: "email",
        direction: activity.direction.as_str(),
        subject: &activity.subject,
        body: &activity.body,
        attachments: view.attachments.iter().map(attachment).collect(),
        created_at: activity.created_at,
    }
}

fn attachment(attachment: &Attachment) -> ShownAttachment<'_> {
    let file = &attachment.file;
    ShownAttachment { id: attachment.id.to_string(), name: &file.name, content_type: &file.content_type, size: file.size }
}
