//! Cases of customers: opened, found, and what is said in them. An e-mail is kept as an activity; nothing is mailed.

use std::collections::BTreeMap;

use vestibule_core::{
    audit::{Action, Thing},
    case::{Activity, ActivityId, Attachment, AttachmentId, Case, CaseId, CaseStatus, Direction, FileLabel},
    customer::Customer,
    refusal::Refusal,
};
use vestibule_store::{CaseSearch, Page, PageRequest};

use crate::{context::Caller, policies::check_cursor, unit_of_work::UnitOfWork};

/// Something to be said.
#[derive(Debug, Clone)]
pub struct NewActivity {
    /// The case that it belongs to; it must be the same customer's.
    pub case: Option<CaseId>,
    /// Who says it.
    pub direction: Direction,
    /// What it is about; see [`Case::check_subject`].
    pub subject: String,
    /// What is said; see [`Activity::check_body`].
    pub body: String,
    /// What comes with it: at most [`Activity::ATTACHMENTS_MAX`] files.
    pub files: Vec<(FileLabel, Vec<u8>)>,
}

/// An activity with what came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityView {
    /// The activity.
    pub activity: Activity,
    /// What came with it, by id.
    pub attachments: Vec<Attachment>,
}

impl UnitOfWork<'_> {
    /// A page of the cases that a search finds, by id.
    pub async fn cases(&mut self, search: &CaseSearch, page: PageRequest) -> Result<Page<Case>, Refusal> {
        check_cursor::<CaseId>(&page)?;
        self.tx.page_cases(search, page).await
    }

    /// The same of activities.
    pub async fn activities(&mut self, search: &CaseSearch, page: PageRequest) -> Result<Page<ActivityView>, Refusal> {
        check_cursor::<ActivityId>(&page)?;
        let Page { items, next } = self.tx.page_activities(search, page).await?;
        Ok(Page { items: self.with_attachments(items).await?, next })
    }

    /// So many of the cases that a search finds, by id, from an offset on; and how many it finds.
    pub async fn case_slice(&mut self, search: &CaseSearch, offset: u64, limit: usize) -> Result<(Vec<Case>, u64), Refusal> {
        Ok(self.tx.slice_cases(search, offset, limit).await?)
    }

    /// The same of activities.
    pub async fn activity_slice(&mut self, search: &CaseSearch, offset: u64, limit: usize) -> Result<(Vec<ActivityView>, u64), Refusal> {
        let (found, total) = self.tx.slice_activities(search, offset, limit).await?;
        Ok((self.with_attachments(found).await?, total))
    }

    /// Those of these cases that are there, by id.
    pub async fn find_cases(&mut self, ids: &[CaseId]) -> Result<Vec<Case>, Refusal> {
        Ok(self.tx.list_cases(ids).await?)
    }

    /// The same of activities.
    pub async fn find_activities(&mut self, ids: &[ActivityId]) -> Result<Vec<ActivityView>, Refusal> {
        let found = self.tx.list_activities(ids).await?;
        self.with_attachments(found).await
    }

    /// A file that came with an activity, and its bytes.
    pub async fn attachment(&mut self, activity: ActivityId, id: AttachmentId) -> Result<(Attachment, Vec<u8>), Refusal> {
        self.tx.find_attached(activity, id).await?.ok_or(Refusal::Absent("attachment"))
    }

    async fn with_attachments(&mut self, activities: Vec<Activity>) -> Result<Vec<ActivityView>, Refusal> {
        let ids: Vec<ActivityId> = activities.iter().map(|activity| activity.id).collect();
        let mut files: BTreeMap<ActivityId, Vec<Attachment>> = BTreeMap::new();
        for attachment in self.tx.list_attachments(&ids).await? {
            files.entry(attachment.activity).or_default().push(attachment);
        }
        let view = |activity: Activity| ActivityView { attachments: files.remove(&activity.id).unwrap_or_default(), activity };
        Ok(activities.into_iter().map(view).collect())
    }

    /// Opens a case for a customer; its subject was checked.
    pub async fn create_case(&mut self, customer: &Customer, subject: String, status: CaseStatus) -> Result<Case, Refusal> {
        let id = self.tx.count_case().await?.try_into()?;
        let case = Case { id, customer: customer.id, subject, status, created_at: self.now() };
        self.tx.insert_case(&case).await?;
        let draft = self.draft(Action::CaseCreated, Thing::new("case", case.id.to_string()));
        let draft = draft.with_data("customer", customer.id.to_string()).with_data("status", case.status.as_str());
        self.tx.record(draft.with_sealed("case.subject", format!("customer-{}", customer.id), case.subject.as_str()));
        Ok(case)
    }

    /// Keeps what is said with a customer. A case that is not the customer's is as absent as one that is not there.
    pub async fn create_activity(&mut self, customer: &Customer, new: NewActivity) -> Result<ActivityView, Refusal> {
        if let Some(case) = new.case {
            let is_theirs = self.tx.list_cases(&[case]).await?.iter().any(|case| case.customer == customer.id);
            if !is_theirs {
                return Err(Refusal::UnknownIds { what: "case", ids: vec![case.to_string()] });
            }
        }
        let NewActivity { case, direction, subject, body, files } = new;
        let id = self.tx.count_case().await?.try_into()?;
        let activity = Activity { id, case, customer: customer.id, direction, subject, body, created_at: self.now() };
        self.tx.insert_activity(&activity).await?;
        let mut attachments = Vec::with_capacity(files.len());
        for (file, bytes) in files {
            let attachment = Attachment { id: self.tx.count_case().await?.try_into()?, activity: activity.id, file };
            self.tx.insert_attachment(&attachment, bytes).await?;
            attachments.push(attachment);
        }
        let draft = self.draft(Action::ActivityCreated, Thing::new("activity", activity.id.to_string()));
        let draft = draft.with_data("customer", customer.id.to_string()).with_data("direction", direction.as_str());
        let draft = match activity.case {
            Some(case) => draft.with_data("case", case.to_string()),
            None => draft,
        };
        let draft = match &self.ctx.caller {
            Caller::Customer(caller) if caller.customer != customer.id => {
                draft.with_acting_for(Thing::new("customer", customer.id.to_string()))
            }
            _ => draft,
        };
        let draft = draft.with_data("attachments", attachments.len());
        self.tx.record(draft.with_sealed("activity.subject", format!("customer-{}", customer.id), activity.subject.as_str()));
        Ok(ActivityView { activity, attachments })
    }
}
