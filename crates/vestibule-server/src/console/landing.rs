//! Where somebody lands whose form was not taken: on the page that has it, which says so. What was sent is not sent again, since
//! nobody wants an act done later than they asked for it; and not kept, since it may be a secret.

use axum::http::Uri;

use super::{GROUPS, PATH, Page};

/// What an address carries whose reader has sent something that was not done.
pub const UNDONE: &str = "undone";
/// What an address carries whose reader has done something.
pub const DONE: &str = "done";

/// The page that has the form, with what its address asked for, and which says that nothing was done.
pub fn after_nothing(uri: &Uri) -> String {
    let page = page_of(uri.path());
    // Below its page a form's address asks for nothing, and its page for nothing that it would know.
    let asked = uri.query().filter(|_| page == uri.path()).unwrap_or_default();
    let kept = asked.split('&').filter(|pair| !pair.is_empty() && !is_told(pair));
    let query = kept.chain(["undone=1"]).collect::<Vec<_>>().join("&");
    format!("{page}?{query}")
}

/// Whether a pair of a query tells what came of something that was sent before.
fn is_told(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    name == DONE || name == UNDONE
}

/// The nearest page: the address itself, or the first above it that can be looked at. A form is sent to its page or below it.
pub fn page_of(path: &str) -> &str {
    let mut nearest = path;
    while !is_page(nearest) {
        match nearest.rsplit_once('/') {
            Some((above, _)) => nearest = above,
            None => return PATH,
        }
    }
    nearest
}

/// Whether what the router finds at a path can be looked at. Of several it takes the one that leaves least of it open.
fn is_page(path: &str) -> bool {
    let there = GROUPS.iter().copied().flatten().filter(|page| is_at(page, path));
    there.min_by_key(|page| page.path.matches('{').count()).is_some_and(|page| page.show.is_some())
}

/// Whether a path is one of those that a page has.
fn is_at(page: &Page, path: &str) -> bool {
    let (mut wanted, mut said) = (page.path.split('/'), path.split('/'));
    let is_fitting = |(wanted, said): (&str, &str)| wanted == said || (wanted.starts_with('{') && !said.is_empty());
    loop {
        match (wanted.next(), said.next()) {
            (None, None) => return true,
            (Some(wanted), Some(said)) if is_fitting((wanted, said)) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::visit::{Form, way_back};

    #[track_caller]
    fn check(address: &str, landing: &str) {
        assert_eq!(after_nothing(&address.parse().unwrap()), landing, "{address}");
    }

    #[test]
    fn whoever_sent_something_that_was_not_done_lands_on_the_page_that_has_the_form() {
        for (address, landing) in [
            ("/console/realms/acme/support/invite", "/console/realms/acme/support?undone=1"),
            ("/console/realms/acme/support/close", "/console/realms/acme/support/close?undone=1"),
            ("/console/realms/acme/support/window?scope=all&hours=8", "/console/realms/acme/support/window?scope=all&hours=8&undone=1"),
            ("/console/realms/acme/settings/realm/mail?x=1", "/console/realms/acme/settings/realm?undone=1"),
            ("/console/realms/acme/people/accounts/a%2Fb/credentials", "/console/realms/acme/people/accounts/a%2Fb?undone=1"),
            ("/console/realms/acme/settings?done=made&undone=1", "/console/realms/acme/settings?undone=1"),
            ("/console/leave", "/console?undone=1"),
            ("/console/sign-out", "/console?undone=1"),
            ("//evil.example/console", "/console?undone=1"),
        ] {
            check(address, landing);
        }
    }

    #[test]
    fn every_form_that_is_not_sent_to_its_page_is_sent_right_below_it() {
        for page in GROUPS.iter().copied().flatten().filter(|page| page.show.is_none()) {
            let path = page.path.replace(['{', '}'], "");
            let (above, _) = path.rsplit_once('/').unwrap();
            assert_eq!(page_of(&path), above, "{}", page.path);
        }
    }

    #[test]
    fn every_landing_is_a_page_of_ours() {
        for page in GROUPS.iter().copied().flatten() {
            let landing = after_nothing(&page.path.replace(['{', '}'], "").parse().unwrap());
            let to = percent_encoding::utf8_percent_encode(&landing, percent_encoding::NON_ALPHANUMERIC);
            assert_eq!(way_back(&Form::read(&format!("to={to}")).unwrap()), landing, "{}", page.path);
        }
    }
}
