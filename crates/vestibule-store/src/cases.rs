//! Rows of cases, of what was said in them, and of the files that came with it.

use vestibule_core::{
    case::{Activity, ActivityId, Attachment, AttachmentId, Case, CaseId, CaseStatus, Counted, FileLabel},
    customer::CustomerId,
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    backend::{Row, Value},
    customers,
    error::StoreError,
    tx::{Page, PageRequest, Tx},
};

/// What cases or activities must all be like to be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseSearch {
    /// Whose they are.
    pub customer: Option<CustomerId>,
    /// The case that activities belong to, or the one case.
    pub case: Option<CaseId>,
    /// How the case stands; asked of cases alone.
    pub status: Option<CaseStatus>,
    /// Departments of which the customer must be in one.
    pub departments: Option<Vec<String>>,
}

/// A table of things that are customers'.
struct Kept<T> {
    table: &'static str,
    columns: &'static str,
    /// The column that has the id of the case.
    case: &'static str,
    read: fn(&Row) -> Result<T, StoreError>,
}

const CASES: Kept<Case> =
    Kept { table: "customer_case", columns: "id, customer_id, subject, status, created_at", case: "id", read: read_case };
const ACTIVITIES: Kept<Activity> = Kept {
    table: "activity",
    columns: "id, case_id, customer_id, direction, subject, body, created_at",
    case: "case_id",
    read: read_activity,
};

/// A number of ours in a column.
fn counted<Of>(raw: i64) -> Result<Counted<Of>, StoreError> {
    Counted::try_from(raw).map_err(|_| StoreError::Unreadable { what: "the number of a case".to_owned() })
}

fn read_case(row: &Row) -> Result<Case, StoreError> {
    Ok(Case {
        id: counted(row.int(0)?)?,
        customer: customers::id(row, 1)?,
        subject: row.text(2)?.to_owned(),
        status: row.parsed(3)?,
        created_at: Timestamp::from_millis(row.int(4)?),
    })
}

fn read_activity(row: &Row) -> Result<Activity, StoreError> {
    Ok(Activity {
        id: counted(row.int(0)?)?,
        case: row.int_or_null(1)?.map(counted).transpose()?,
        customer: customers::id(row, 2)?,
        direction: row.parsed(3)?,
        subject: row.text(4)?.to_owned(),
        body: row.text(5)?.to_owned(),
        created_at: Timestamp::from_millis(row.int(6)?),
    })
}

const ATTACHMENT: &str = "id, activity_id, name, content_type, size";

fn read_attachment(row: &Row) -> Result<Attachment, StoreError> {
    Ok(Attachment {
        id: counted(row.int(0)?)?,
        activity: counted(row.int(1)?)?,
        file: FileLabel {
            name: row.text(2)?.to_owned(),
            content_type: row.text(3)?.to_owned(),
            size: usize::try_from(row.int(4)?).unwrap_or_default(),
        },
    })
}

fn number(count: usize) -> Value {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}

impl Tx {
    /// The condition of a search, and what it binds after the realm.
    fn kept_where<T>(&self, kept: &Kept<T>, search: &CaseSearch) -> (String, Vec<Value>) {
        let mut clauses = vec![format!("FROM {} WHERE realm_id = $1", kept.table)];
        let mut values: Vec<Value> = Vec::new();
        let mut add = |value: Option<Value>, clause: &dyn Fn(usize) -> String| {
            if let Some(value) = value {
                values.push(value);
                clauses.push(clause(values.len() + 1));
            }
        };
        add(search.customer.map(|customer| customer.get().into()), &|at| format!("customer_id = ${at}"));
        add(search.case.map(|case| case.get().into()), &|at| format!("{} = ${at}", kept.case));
        add(search.status.map(|status| status.as_str().into()), &|at| format!("status = ${at}"));
        add(search.departments.as_ref().map(|names| Value::list(names.clone())), &|at| {
            let list = self.connection().list(at);
            format!("customer_id IN (SELECT id FROM customer WHERE realm_id = $1 AND department IN (SELECT text FROM {list} wanted))")
        });
        (clauses.join(" AND "), values)
    }

    async fn page_kept<T>(&mut self, kept: &Kept<T>, search: &CaseSearch, page: PageRequest) -> Result<Vec<T>, Refusal> {
        let after = page.after.as_deref().map(str::parse::<CaseId>).transpose()?.map_or(0, |id| id.get());
        let (condition, values) = self.kept_where(kept, search);
        let at = values.len() + 2;
        let sql = format!("SELECT {} {condition} AND id > ${at} ORDER BY id LIMIT ${}", kept.columns, at + 1);
        let params: Vec<Value> = [self.r()].into_iter().chain(values).chain([after.into(), page.one_more()]).collect();
        Ok(self.query(&sql, &params).await?.iter().map(kept.read).collect::<Result<_, _>>()?)
    }

    async fn slice_kept<T>(&mut self, kept: &Kept<T>, search: &CaseSearch, offset: u64, limit: usize) -> Result<Vec<T>, StoreError> {
        let (condition, values) = self.kept_where(kept, search);
        let at = values.len() + 2;
        let sql = format!("SELECT {} {condition} ORDER BY id LIMIT ${at} OFFSET ${}", kept.columns, at + 1);
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let params: Vec<Value> = [self.r()].into_iter().chain(values).chain([number(limit), offset.into()]).collect();
        self.query(&sql, &params).await?.iter().map(kept.read).collect()
    }

    async fn count_kept<T>(&mut self, kept: &Kept<T>, search: &CaseSearch) -> Result<u64, StoreError> {
        let (condition, values) = self.kept_where(kept, search);
        let params: Vec<Value> = [self.r()].into_iter().chain(values).collect();
        let row = self.query_one(&format!("SELECT COUNT(*) {condition}"), &params).await?;
        Ok(row.map_or(Ok(0), |row| row.int(0))?.unsigned_abs())
    }

    async fn list_kept<T>(&mut self, kept: &Kept<T>, ids: Value) -> Result<Vec<T>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT {} FROM {} WHERE realm_id = $1 AND id IN (SELECT CAST(text AS BIGINT) FROM {list} wanted) ORDER BY id",
            kept.columns, kept.table
        );
        let params = [self.r(), ids];
        self.query(&sql, &params).await?.iter().map(kept.read).collect()
    }

    /// A page of the cases that a search finds, by id.
    pub async fn page_cases(&mut self, search: &CaseSearch, page: PageRequest) -> Result<Page<Case>, Refusal> {
        let limit = page.limit;
        Ok(Page::cut(self.page_kept(&CASES, search, page).await?, limit, |case| case.id.to_string()))
    }

    /// The same of activities.
    pub async fn page_activities(&mut self, search: &CaseSearch, page: PageRequest) -> Result<Page<Activity>, Refusal> {
        let limit = page.limit;
        Ok(Page::cut(self.page_kept(&ACTIVITIES, search, page).await?, limit, |activity| activity.id.to_string()))
    }

    /// So many of the cases that a search finds, by id, from an offset on; and how many it finds.
    pub async fn slice_cases(&mut self, search: &CaseSearch, offset: u64, limit: usize) -> Result<(Vec<Case>, u64), StoreError> {
        let total = self.count_kept(&CASES, search).await?;
        Ok((self.slice_kept(&CASES, search, offset, limit).await?, total))
    }

    /// The same of activities.
    pub async fn slice_activities(&mut self, search: &CaseSearch, offset: u64, limit: usize) -> Result<(Vec<Activity>, u64), StoreError> {
        let total = self.count_kept(&ACTIVITIES, search).await?;
        Ok((self.slice_kept(&ACTIVITIES, search, offset, limit).await?, total))
    }

    /// Those of these cases that are there, by id.
    pub async fn list_cases(&mut self, ids: &[CaseId]) -> Result<Vec<Case>, StoreError> {
        self.list_kept(&CASES, Value::list(ids.iter().map(ToString::to_string))).await
    }

    /// The same of activities.
    pub async fn list_activities(&mut self, ids: &[ActivityId]) -> Result<Vec<Activity>, StoreError> {
        self.list_kept(&ACTIVITIES, Value::list(ids.iter().map(ToString::to_string))).await
    }

    /// What came with these activities, by id.
    pub async fn list_attachments(&mut self, activities: &[ActivityId]) -> Result<Vec<Attachment>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT {ATTACHMENT} FROM attachment WHERE realm_id = $1 \
             AND activity_id IN (SELECT CAST(text AS BIGINT) FROM {list} wanted) ORDER BY id"
        );
        let params = [self.r(), Value::list(activities.iter().map(ToString::to_string))];
        self.query(&sql, &params).await?.iter().map(read_attachment).collect()
    }

    /// A file that came with an activity, with its bytes.
    pub async fn find_attached(&mut self, activity: ActivityId, id: AttachmentId) -> Result<Option<(Attachment, Vec<u8>)>, StoreError> {
        let sql = format!("SELECT {ATTACHMENT}, bytes FROM attachment WHERE realm_id = $1 AND activity_id = $2 AND id = $3");
        let params = [self.r(), activity.get().into(), id.get().into()];
        self.query_one(&sql, &params).await?.map(|row| Ok((read_attachment(&row)?, row.blob(5)?.to_vec()))).transpose()
    }

    /// The next number of a realm; one that was given before never comes again.
    pub async fn count_case(&mut self) -> Result<i64, StoreError> {
        let sql = "INSERT INTO case_count (realm_id, last) VALUES ($1, 1000) \
                   ON CONFLICT (realm_id) DO UPDATE SET last = case_count.last + 1 RETURNING last";
        let params = [self.r()];
        let rows = self.change_returning(sql, &params).await?;
        rows.first().ok_or_else(|| StoreError::Unreadable { what: "the count of cases".to_owned() })?.int(0)
    }

    /// Stores a new case.
    pub async fn insert_case(&mut self, case: &Case) -> Result<(), StoreError> {
        let sql = format!("INSERT INTO customer_case (realm_id, {}) VALUES ($1, $2, $3, $4, $5, $6)", CASES.columns);
        let params = [
            self.r(),
            case.id.get().into(),
            case.customer.get().into(),
            case.subject.clone().into(),
            case.status.as_str().into(),
            case.created_at.millis().into(),
        ];
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// Stores a new activity.
    pub async fn insert_activity(&mut self, activity: &Activity) -> Result<(), StoreError> {
        let sql = format!("INSERT INTO activity (realm_id, {}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", ACTIVITIES.columns);
        let params = [
            self.r(),
            activity.id.get().into(),
            activity.case.map(|case| case.get()).into(),
            activity.customer.get().into(),
            activity.direction.as_str().into(),
            activity.subject.clone().into(),
            activity.body.clone().into(),
            activity.created_at.millis().into(),
        ];
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// Stores a file that came with an activity.
    pub async fn insert_attachment(&mut self, attachment: &Attachment, bytes: Vec<u8>) -> Result<(), StoreError> {
        let sql = format!("INSERT INTO attachment (realm_id, {ATTACHMENT}, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7)");
        let params = [
            self.r(),
            attachment.id.get().into(),
            attachment.activity.get().into(),
            attachment.file.name.clone().into(),
            attachment.file.content_type.clone().into(),
            number(attachment.file.size),
            bytes.into(),
        ];
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// Makes one customer's cases and activities another's.
    pub async fn hand_cases(&mut self, from: CustomerId, to: CustomerId) -> Result<(), StoreError> {
        let params = [self.r(), from.get().into(), to.get().into()];
        for table in [CASES.table, ACTIVITIES.table] {
            self.change(&format!("UPDATE {table} SET customer_id = $3 WHERE realm_id = $1 AND customer_id = $2"), &params).await?;
        }
        Ok(())
    }
}
