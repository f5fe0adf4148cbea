//! eGain's page, rule by rule, on a running server (`spec/egain-grants.md`).

mod cases;
mod customers;
mod document;
mod grants;
mod hostile;
mod locales;
mod order;
mod rules;
mod sessions;

use vestibule_server::dialects::egain::negotiate::Media;

use crate::harness::{
    Server, Start,
    databases::Database,
    egain::{self, told},
    http::{Reply, Request},
};

/// Where grants are made on the third version.
const GRANT: &str = "/core/customermgr/v3/customer/grant";
/// The same on the older surface.
const OLD_GRANT: &str = "/ws/v12/interaction/customer/grant";

/// A server with departments on or off.
async fn server(departmentalization: bool) -> Server {
    egain::run(Start::on(Database::sqlite()), departmentalization).await
}

/// A body that opens `on` up to `to`; of whom there are none, the side is left out.
fn grants(on: &[&str], to: &[&str], media: Media) -> String {
    let sides = [("grantsOn", on), ("grantsTo", to)].into_iter().filter(|(_, ids)| !ids.is_empty());
    match media {
        Media::Json => {
            let side = |(name, ids): (&str, &[&str])| {
                let ids: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
                format!(r#""{name}":{{"customer":[{}]}}"#, ids.join(","))
            };
            format!("{{{}}}", sides.map(side).collect::<Vec<_>>().join(","))
        }
        Media::Xml => {
            let side = |(name, ids): (&str, &[&str])| {
                let ids: Vec<_> = ids.iter().map(|id| format!(r#"<customer id="{id}"/>"#)).collect();
                format!("<{name}>{}</{name}>", ids.concat())
            };
            let namespace = "http://bindings.egain.com/ws/model/v12/gen/interaction/customer";
            format!("<grants xmlns=\"{namespace}\">{}</grants>", sides.map(side).collect::<String>())
        }
    }
}

/// A request that says its body's form, and wants the same.
fn sent(request: Request, media: Media, body: &str) -> Request {
    request.header("content-type", media.as_str()).header("accept", media.as_str()).body(body)
}

/// Opens `on` up to `to`.
async fn grant(server: &Server, token: &str, on: &str, to: &[&str]) -> Reply {
    sent(server.request("POST", GRANT).bearer(token), Media::Json, &grants(&[on], to, Media::Json)).send().await
}

/// Checks the status, the code and that the words for developers hold this.
#[track_caller]
fn refused(reply: &Reply, code: &str, developer: &str) {
    egain::check_form(reply);
    let (found, words, _) = told(reply);
    assert_eq!(found, code, "{}", reply.text());
    assert!(words.contains(developer), "{words} without {developer}");
}
