//! The pictures of the README: taken from a running demo by `cargo xtask screenshots`.

use std::{fs, path::PathBuf};

use crate::{
    harness::browser::{Browser, DESK, Wish},
    python::python_of,
};

const PAGES: [(&str, &str); 4] = [
    ("now", "/console/realms/acme"),
    ("window", "/console/realms/acme/support/window?scope=configure&hours=4"),
    ("decide", "/console/realms/acme/decide?kind=user&id=ada@acme.example&action=config:update&resource_kind=config:plan&resource_id=P1"),
    ("log", "/console/realms/acme/log"),
];
/// How the pages are looked at, and how many of them so.
const LOOKS: [(&str, Wish, usize); 4] = [
    ("light", DESK, PAGES.len()),
    ("dark", Wish { dark: true, ..DESK }, PAGES.len()),
    ("phone-light", Wish { width: 390, ..DESK }, 1),
    ("phone-dark", Wish { width: 390, dark: true, ..DESK }, 1),
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes the pictures of the README; `cargo xtask screenshots` runs it beside a demo"]
async fn the_pictures_of_the_readme_are_taken() {
    let (origin, folder) = (python_of("VESTIBULE_PICTURES_OF"), PathBuf::from(python_of("VESTIBULE_PICTURES_TO")));
    fs::create_dir_all(&folder).unwrap();
    for (look, wish, pages) in LOOKS {
        let browser = Browser::open(&origin, wish).await;
        browser.go("/console/sign-in").await;
        browser.fill("#user", "ada@acme.example").await;
        browser.fill("#password", "correct horse battery staple").await;
        browser.press("Sign in").await;
        for (name, path) in PAGES.iter().take(pages) {
            browser.go(path).await;
            fs::write(folder.join(format!("{name}-{look}.png")), browser.picture().await).unwrap();
        }
        browser.close().await;
    }
}
