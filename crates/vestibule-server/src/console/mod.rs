//! The console: who may come in, who is in, what they did. Pages made on the server; each works without script, which only
//! keeps times and lists fresh and tells them in the reader's zone. Nothing is loaded from anywhere else.

mod agent;
mod confirm;
mod customers;
mod decide;
mod faults;
mod frame;
mod instants;
mod landing;
mod log;
mod now;
mod own;
mod people;
mod preview;
mod realm;
mod sign_in;
mod support;
mod texts;
mod timeline;
mod visit;

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{Uri, header::CONTENT_TYPE},
    response::Response,
    routing::{MethodRouter, any, get},
};
use vestibule_core::refusal::Refusal;
use vestibule_operations::Operations;

use self::{
    frame::{refused, refused_inside},
    visit::{Visit, see_other},
};
use crate::{call::Answer, exchange::Exchange};

pub use self::visit::{by_console, cookie};

/// Where the console is.
pub const PATH: &str = "/console";
/// Where the pages of each realm are: apart from ours, so that a realm may have any name.
const REALMS: &str = "/console/realms";
const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");
const SCRIPT: &str = include_str!("script.js");
const PASSKEY_SCRIPT: &str = include_str!("passkey.js");

/// One page, or one act of a form.
pub struct Page {
    /// Its path, with its parameters in braces.
    pub path: &'static str,
    /// What was attempted, as the log names it when it is refused.
    pub attempted: &'static str,
    show: Option<fn(Visit, Named) -> Answer>,
    act: Option<fn(Visit, Named) -> Answer>,
}

/// The path's parameters, in its order.
type Named = Vec<String>;

/// Every page.
pub const GROUPS: &[&[Page]] = &[
    agent::PAGES,
    now::PAGES,
    support::PAGES,
    people::PAGES,
    people::account::PAGES,
    people::change::PAGES,
    people::groups::PAGES,
    people::nesting::PAGES,
    people::roles::PAGES,
    customers::PAGES,
    decide::PAGES,
    log::PAGES,
    own::PAGES,
    realm::PAGES,
];

/// The routes, as a router.
pub fn routes() -> Router<Operations> {
    let file = |kind: &'static str, text: &'static str| get(move || std::future::ready(([(CONTENT_TYPE, kind)], text)));
    let router = Router::new()
        .merge(sign_in::routes())
        .route("/console/style.css", file("text/css; charset=utf-8", STYLE))
        .route("/console/icon.svg", file("image/svg+xml", ICON))
        .route("/console/script.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/console/passkey.js", file("text/javascript; charset=utf-8", PASSKEY_SCRIPT))
        .route(log::TAIL, get(log::tail))
        .route("/console/", get(|| async { see_other(PATH) }))
        .route("/console/{*unknown}", any(absent));
    GROUPS.iter().copied().flatten().fold(router, |router, page| router.route(page.path, served(page)))
}

fn served(page: &'static Page) -> MethodRouter<Operations> {
    let door = |steps: fn(Visit, Named) -> Answer| {
        move |State(operations): State<Operations>, exchange: Exchange, path: Path<Vec<(String, String)>>, request: Request| {
            answer(page, steps, operations, exchange, path, request)
        }
    };
    // Who looks at an address that forms are sent to has lost the way from a form: the page that has it is above.
    let shown = page.show.map_or_else(|| get(to_page), |steps| get(door(steps)));
    page.act.map_or(shown.clone(), |steps| shown.post(door(steps)))
}

/// Sends whoever looks at what cannot be looked at to the nearest page.
async fn to_page(uri: Uri) -> Response {
    see_other(landing::page_of(uri.path()))
}

async fn answer(
    page: &'static Page,
    steps: fn(Visit, Named) -> Answer,
    operations: Operations,
    exchange: Exchange,
    Path(path): Path<Vec<(String, String)>>,
    request: Request,
) -> Response {
    let visit = match Visit::open(operations, exchange, request).await {
        Ok(visit) => visit,
        Err(elsewhere) => return elsewhere,
    };
    let asker = visit.clone();
    match steps(visit, path.into_iter().map(|(_, value)| value).collect()).await {
        Ok(response) => response,
        Err(refusal) => {
            asker.operations.file_refusal(&asker.ctx, asker.ctx.realm().ok(), page.attempted, &refusal).await;
            refused_inside(&asker, &refusal).await
        }
    }
}

/// What is no page: said in one, to whoever asks.
async fn absent(State(operations): State<Operations>, exchange: Exchange, request: Request) -> Response {
    let (refusal, (parts, stream)) = (Refusal::Absent("page"), request.into_parts());
    match Visit::find(operations, exchange, &parts, stream).await {
        Ok(visit) => refused_inside(&visit, &refusal).await,
        Err(_) => refused(visit::speech(&parts.headers), &refusal),
    }
}

/// One of the path's parameters.
fn named<T: std::str::FromStr>(params: &Named, place: usize) -> Result<T, Refusal> {
    params.get(place).and_then(|text| text.parse().ok()).ok_or(Refusal::Absent("page"))
}
