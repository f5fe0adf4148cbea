//! Departments (`spec/egain-grants.md`, section 9): shown, and made elsewhere.

use super::{
    Mount, Route,
    call::Call,
    errors::Failure,
    node::{Document, Node},
    pages::{PAGE_NUM, PAGE_SIZE, RANGE_SIZE, RANGE_START, Wish},
    query,
    reply::Reply,
    words::{self, scope},
};

/// Most characters of `filterText`.
const FILTER_CHARS_MAX: usize = 124;

/// The one read.
pub const ROUTES: &[Route] = &[Route::new("get", "/department", &[Mount::Departments], "department.list", |call| Box::pin(list(call)))
    .within(scope::DEPARTMENT_READ)
    .asking(&["filterText", PAGE_NUM, PAGE_SIZE, RANGE_START, RANGE_SIZE])];

async fn list(call: Call) -> Result<Reply, Failure> {
    let filter = call.query.find("filterText")?.unwrap_or_default().to_lowercase(); // 400
    if filter.chars().count() > FILTER_CHARS_MAX {
        return Err(query::refused("filterText")); //                             400
    }
    let wish = Wish::read(&call.query)?; //                                      400
    let mut all = call.read(|mut work| Box::pin(async move { work.departments().await })).await?;
    all.retain(|department| department.name.to_lowercase().contains(&filter));
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let piece = wish.of(all);
    if piece.is_empty() {
        return Ok(Reply::nothing()); //                                          204
    }
    let one = |department: &vestibule_core::department::Department| {
        Node::Object(vec![("name", Node::text(&*department.name)), ("id", Node::attribute(department.id.to_string()))])
    };
    let mut members = vec![("department", Node::List(piece.iter().map(one).collect()))];
    let info = wish.info(total, &call.href_at(words::DEPARTMENTS, "/department"), &call.query);
    members.extend(info.map(|info| ("paginationInfo", info)));
    Ok(Reply::ok(Document { root: "departments", namespace: words::PLATFORM_NAMESPACE, node: Node::Object(members) })) // 200
}
