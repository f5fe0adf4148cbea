//! What bodies say of users (`spec/egain-grants.md`, section 9).

use super::{
    errors::Failure,
    shape::{Members, Shape},
    tree::Incoming,
    words::YES,
};

/// The root of a user in XML.
pub const USER: &str = "user";
/// Most departments in one body.
const DEPARTMENTS_MAX: usize = 100;

/// What a user is called, as far as it is said.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub screen_name: Option<String>,
}

/// Departments as a body names them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Departments {
    /// By name, or by id where no name is said; and whether it is the user's home.
    pub added: Vec<(String, bool)>,
    /// Ids of those that the user is to leave.
    pub unlinked: Vec<String>,
}

/// A user to be made.
pub struct NewUser {
    /// What it signs in with.
    pub login: String,
    /// Its password.
    pub password: String,
    /// What it is called.
    pub said: Said,
    /// Where it sits.
    pub departments: Departments,
}

fn text(root: &Members<'_>, name: &str) -> Option<String> {
    root.required(name)?.text().map(str::to_owned)
}

fn some_text(root: &Members<'_>, name: &str) -> Option<Option<String>> {
    match root.optional(name) {
        None => Some(None),
        Some(part) => part.text_or_empty().map(|text| Some(text.to_owned())),
    }
}

/// Reads a user to be made.
pub fn new_user(body: &Incoming) -> Result<NewUser, Failure> {
    let shape = Shape::new(body);
    let known = ["departments", "firstName", "lastName", "screenName", "loginId", "password"];
    let read = shape.root().members(&known).and_then(|root| {
        let departments = root.required("departments").and_then(|part| {
            let members = part.members(&["department"])?;
            members.required("department")?;
            departments(&members)
        });
        let (first_name, last_name, screen_name) = (text(&root, "firstName"), text(&root, "lastName"), text(&root, "screenName"));
        let (login, password) = (text(&root, "loginId"), text(&root, "password"));
        let said = Said { first_name: Some(first_name?), last_name: Some(last_name?), screen_name: Some(screen_name?) };
        Some(NewUser { login: login?, password: password?, said, departments: departments? })
    });
    shape.finish(read)
}

/// Reads what is to change of a user, and of which.
pub fn user_change(body: &Incoming) -> Result<(String, Said, Departments), Failure> {
    let shape = Shape::new(body);
    let read = shape.root().members(&["id", "departments", "firstName", "lastName", "screenName"]).and_then(|root| {
        let id = text(&root, "id");
        let departments = match root.optional("departments") {
            None => Some(Departments::default()),
            Some(part) => part.members(&["department", "unlink"]).and_then(|members| departments(&members)),
        };
        let (first, last) = (some_text(&root, "firstName"), some_text(&root, "lastName"));
        let screen_name = some_text(&root, "screenName");
        Some((id?, Said { first_name: first?, last_name: last?, screen_name: screen_name? }, departments?))
    });
    shape.finish(read)
}

fn departments(members: &Members<'_>) -> Option<Departments> {
    let mut all = Departments::default();
    for item in members.optional("department").map(|list| list.items(DEPARTMENTS_MAX)).unwrap_or_default() {
        let inner = item.members(&["name", "id", "home", "link"])?;
        let named = match inner.optional("name") {
            Some(name) => name.text()?.to_owned(),
            None => inner.required("id")?.id()?,
        };
        let is_home = match inner.optional("home") {
            None => false,
            Some(home) => match home.text()? {
                YES => true,
                "no" => false,
                _ => {
                    home.bad("not_yes_or_no");
                    return None;
                }
            },
        };
        all.added.push((named, is_home));
    }
    for item in members.optional("unlink").map(|list| list.items(DEPARTMENTS_MAX)).unwrap_or_default() {
        let link = item.members(&["link"])?.required("link")?;
        for one in link.items(DEPARTMENTS_MAX) {
            let href = one.members(&["rel", "href"])?.required("href")?;
            // The id is what a link to a department ends with.
            all.unlinked.push(href.text()?.rsplit('/').next().unwrap_or_default().to_owned());
        }
    }
    Some(all)
}
