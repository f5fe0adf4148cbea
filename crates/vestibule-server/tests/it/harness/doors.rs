//! Every address that is served, from the servers' own tables, with a request that it would take: so
//! a route that is added is tried by the tests of hostile input and of strangers without being named.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vestibule_server::{access, dialects::m3ter, health, native, oauth, openapi};

use super::{
    ADA, MIA, OPERATOR, Server, egain, hostway,
    http::{Reply, Request},
    oauth1::Signed,
    organization, wavefront,
};

/// The key of the app that may manage the list.
pub const KEY: &str = "dK7pQ2sVx9LmT4wZ";
/// Its secret.
pub const SECRET: &str = "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo";

/// HERE's addresses, which stand in no table: method and path.
const HERE: [(&str, &str); 9] = [
    ("get", "/support"),
    ("post", "/support"),
    ("delete", "/support"),
    ("get", "/authentication/v1.1/support"),
    ("post", "/authentication/v1.1/support"),
    ("delete", "/authentication/v1.1/support"),
    ("post", "/oauth2/token"),
    ("get", "/timestamp"),
    ("get", "/.well-known/oauth-authorization-server"),
];

/// How a door refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The native API: problem details.
    Native,
    /// Decisions: problem details, with statuses of their own.
    Access,
    /// `/support`.
    Support,
    /// HERE's token endpoint.
    Token,
    /// Below an organization of m3ter.
    Organization,
    /// m3ter's token endpoint.
    ClientCredentials,
    /// Wavefront's accounts: the envelope.
    Customer,
    /// Hostway's accounts: HTTP Basic, and faults by name.
    Hosting,
    /// eGain's customers: codes, in JSON or XML.
    Grants,
    /// Asks for no credential.
    Open,
}

/// One operation.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    pub verb: &'static str,
    /// With its parameters in braces.
    pub path: &'static str,
    pub family: Family,
}

/// m3ter's addresses, at the root and below a realm. Their paths are put together once.
fn organizations() -> impl Iterator<Item = Door> {
    static PATHS: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
        let prefixes = [m3ter::words::ORGANIZATION.to_owned(), format!("{}{}", m3ter::words::REALM, m3ter::words::ORGANIZATION)];
        let at =
            |prefix: &String| m3ter::operations().map(move |route| (route.verb, format!("{prefix}{}", route.path))).collect::<Vec<_>>();
        prefixes.iter().flat_map(at).collect()
    });
    PATHS.iter().map(|(verb, path)| Door { verb, path, family: Family::Organization })
}

/// All of them.
pub fn all() -> Vec<Door> {
    let native = native::ROUTES.iter().map(|route| Door { verb: route.verb, path: route.path, family: Family::Native });
    let access = access::ROUTES.iter().map(|(verb, path)| Door { verb, path, family: Family::Access });
    let open = health::ROUTES.iter().chain(openapi::ROUTES).chain(oauth::ROUTES).chain(access::DISCOVERY_ROUTES);
    let open = open.map(|(verb, path)| Door { verb, path, family: Family::Open });
    let here = HERE.iter().map(|(verb, path)| {
        let family = match path {
            path if path.ends_with("/support") => Family::Support,
            path if path.ends_with("/token") => Family::Token,
            _ => Family::Open,
        };
        Door { verb, path, family }
    });
    let token = Door { verb: "post", path: m3ter::words::token::PATH, family: Family::ClientCredentials };
    native
        .chain(access)
        .chain(open)
        .chain(here)
        .chain(organizations())
        .chain([token])
        .chain(wavefront::doors())
        .chain(hostway::doors())
        .chain(egain::doors())
        .collect()
}

impl Door {
    pub fn method(&self) -> String {
        self.verb.to_uppercase()
    }

    /// The address in a realm; `id` names a thing below it.
    pub fn at(&self, realm: &str, id: &str) -> String {
        self.named().replace("{realm}", realm).replace("{id}", id).replace("{index}", "0")
    }

    /// The address with a value for each parameter but those that tests put their own in.
    pub fn named(&self) -> String {
        let path =
            hostway::named(&wavefront::named(&organization::named(&egain::named(self.path)))).replace("{account}", "ben@acme.example");
        let path = path.replace("{contact}", "technical").replace("{holder}", "2214");
        ["{role}", "{credential}", "{inner}"].iter().fold(path, |path, name| path.replace(name, NOWHERE))
    }

    /// Whether it changes something and its address says all of what: no body is read.
    pub fn says_all_in_its_address(&self) -> bool {
        let is_place = self.verb == "put" && self.path.ends_with('}') && !self.path.ends_with("/contacts/{contact}");
        self.family == Family::Native && (is_place || self.path.ends_with("/activate") || self.path.ends_with("/verification"))
    }

    /// The schema of its body, if it takes one.
    pub fn schema(&self) -> Option<Value> {
        let text = || json!({ "type": "string" });
        if matches!(self.family, Family::Organization | Family::ClientCredentials) {
            return organization::body(self).map(|(schema, _)| schema);
        }
        if self.family == Family::Customer {
            return wavefront::body(self).map(|(schema, _)| schema);
        }
        if self.family == Family::Hosting {
            return hostway::body(self).map(|(schema, _)| schema);
        }
        if self.family == Family::Grants {
            return egain::body(self).map(|(schema, _)| schema);
        }
        match (self.family, self.verb) {
            // Null is as wrong as any other type there, which is what `required` tells our reader.
            (Family::Support, "post") => {
                let members = json!({ "emailAddress": text(), "expiresAt": text() });
                Some(json!({ "type": "object", "required": ["emailAddress", "expiresAt"], "properties": members }))
            }
            (Family::Token, _) => {
                let members = json!({ "grantType": text(), "expiresIn": { "type": "integer" }, "scope": text(), "tokenFormat": text() });
                Some(json!({ "type": "object", "required": ["grantType"], "properties": members }))
            }
            _ => {
                let document = openapi::document("");
                let schema = document["paths"][self.path][self.verb].pointer("/requestBody/content/application~1json/schema")?;
                Some(resolved(&document, schema))
            }
        }
    }

    /// A body that it takes, if it takes one.
    pub fn good_body(&self) -> Option<Value> {
        match (self.family, self.verb) {
            (Family::Support, "post") => Some(json!({ "emailAddress": "mia.falk@here.com", "expiresAt": "2031-04-30T18:00:00Z" })),
            (Family::Token, _) => Some(json!({ "grantType": "client_credentials", "expiresIn": 600, "tokenFormat": "jwt" })),
            (Family::Organization | Family::ClientCredentials, _) => organization::body(self).map(|(_, good)| good),
            (Family::Customer, _) => wavefront::body(self).map(|(_, good)| good),
            (Family::Hosting, _) => hostway::body(self).map(|(_, good)| good),
            (Family::Grants, _) => egain::body(self).map(|(_, good)| good),
            _ => {
                let document = openapi::document("");
                let content = document["paths"][self.path][self.verb].pointer("/requestBody/content/application~1json")?;
                let mut body = content["example"].clone();
                assert!(body.is_object(), "{self:?} has no example, without which it cannot be tried");
                if self.path == "/v1/realms" {
                    // The example's realm is there already.
                    (body["id"], body["organization_id"]) = (json!("gamma"), json!("0b9d7a52-58f5-4a1b-9a63-0d7d3b8f0a22"));
                }
                Some(body)
            }
        }
    }

    /// Whoever may pass: the operator makes realms, an agent enters, an administrator does the rest.
    pub fn token(&self) -> &'static str {
        match (self.verb, self.path) {
            (_, "/v1/realms") => OPERATOR,
            ("post", path) if path.ends_with("/support-sessions") => MIA,
            _ => ADA,
        }
    }

    /// A request to it at `acme` by whoever may pass.
    pub fn request(&self, server: &Server) -> Request {
        self.request_to(server, &self.at("acme", NOWHERE))
    }

    /// The same at an address of its own.
    pub fn request_to(&self, server: &Server, path: &str) -> Request {
        let request = server.request(&self.method(), path);
        match self.family {
            Family::Open => request,
            Family::Token => request.header("authorization", signature(server, &[])),
            Family::ClientCredentials => request.header("authorization", basic(KEY, SECRET)),
            Family::Hosting => request.header("authorization", basic("ada@acme.example", hostway::PASSWORD)),
            _ => request.bearer(self.token()),
        }
    }

    /// Holds a refusal to the form of this door.
    #[track_caller]
    pub fn check_form(&self, reply: &Reply) {
        if self.family == Family::Grants {
            return egain::check_form(reply);
        }
        let body = reply.json();
        if matches!(self.family, Family::Organization | Family::ClientCredentials) {
            let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            let is_oauth = self.family == Family::ClientCredentials && reply.status != 405;
            let form = if is_oauth { &["error", "message"][..] } else { &["message"] };
            assert_eq!(names, form, "{self:?}: {body}");
            assert_eq!(reply.header("content-type"), Some("application/json"));
            return;
        }
        if self.family == Family::Customer {
            return wavefront::check_form(reply);
        }
        if self.family == Family::Hosting {
            hostway::check_form(reply);
            return;
        }
        let is_here = HERE.iter().any(|(_, path)| *path == self.path);
        let (form, status) = match self.family {
            Family::Open if is_here => (&["title", "status", "code", "cause"][..], "status"),
            Family::Support => (&["title", "status", "code", "cause", "action", "correlationId"][..], "status"),
            Family::Token if reply.status != 405 => {
                (&["errorId", "httpStatus", "errorCode", "message", "error_description"][..], "httpStatus")
            }
            Family::Token => (&["title", "status", "code", "cause"][..], "status"),
            _ => (&["type", "title", "status", "detail", "instance"][..], "status"),
        };
        assert!(form.iter().all(|name| body.get(name).is_some()) && body[status] == reply.status, "{self:?}: {body}");
        assert!(reply.header("content-type").is_some_and(|media| media.ends_with("json")), "{self:?}: {:?}", reply.headers);
    }
}

/// HTTP Basic.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// An id of nothing.
pub const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// A signed header for a token request, its nonce fresh.
pub fn signature(server: &Server, parameters: &[(&str, &str)]) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nonce = format!("door-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let (url, timestamp) = (format!("http://{}/oauth2/token", server.address), server.clock.now().seconds());
    Signed { key: KEY, secret: SECRET, url: &url, nonce: &nonce, timestamp, parameters }.header()
}

/// A schema with its references followed.
fn resolved(document: &Value, schema: &Value) -> Value {
    match schema {
        Value::Object(members) => match members.get("$ref").and_then(Value::as_str) {
            Some(reference) => resolved(document, document.pointer(&reference[1..]).unwrap()),
            None => members.iter().map(|(name, inner)| (name.clone(), resolved(document, inner))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| resolved(document, item)).collect(),
        plain => plain.clone(),
    }
}
