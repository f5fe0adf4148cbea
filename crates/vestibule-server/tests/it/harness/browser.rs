//! A real browser, driven as a person drives it: headless Chromium by its WebDriver.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::WebDriverCompatibleCommand};
use serde_json::{Map, Value, json};

use crate::python::python_of;

/// What kind of browser.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// How wide its window is, in CSS pixels.
    pub width: u32,
    /// Whether its user likes it dark.
    pub dark: bool,
    /// Whether it runs scripts.
    pub script: bool,
}

/// A desktop's window is at least so wide, in CSS pixels.
const DESKTOP_WIDTH_MIN: u32 = 520;

/// A desk with a light room.
pub const DESK: Wish = Wish { width: 1280, dark: false, script: true };

/// A browser, which goes with its driver.
pub struct Browser {
    client: Client,
    _driver: Driver,
    origin: String,
}

/// The running driver, which goes with this value.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the browser has complained of.
#[derive(Debug)]
struct Complaints;

impl WebDriverCompatibleCommand for Complaints {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// A device of the browser's own that keeps passkeys, and knows its user (Web Authentication, level 2, section 11.3).
#[derive(Debug)]
struct Device;

impl WebDriverCompatibleCommand for Device {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/webauthn/authenticator", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let device = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "isUserConsenting": true,
        });
        (http::Method::POST, Some(device.to_string()))
    }
}

impl Browser {
    /// Gives the browser a device for passkeys.
    pub async fn has_device(&self) {
        self.client.issue_cmd(Device).await.unwrap();
    }

    /// Opens a browser for a server at this origin.
    pub async fn open(origin: &str, wish: Wish) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut driver = Command::new(python_of("VESTIBULE_TEST_CHROMEDRIVER"));
        let driver = Driver(driver.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let mut args = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--lang=en".to_owned(),
            format!("--window-size={},900", wish.width),
        ];
        args.extend(wish.dark.then(|| "--blink-settings=preferredColorScheme=0".to_owned()));
        let scripts = if wish.script { 1 } else { 2 };
        let mut options = json!({ "args": args, "prefs": { "profile.managed_default_content_settings.javascript": scripts } });
        if wish.width < DESKTOP_WIDTH_MIN {
            // No window of a desktop's is so narrow: a telephone's is.
            options["mobileEmulation"] = json!({ "deviceMetrics": { "width": wish.width, "height": 780, "pixelRatio": 2 } });
        }
        let program = python_of("VESTIBULE_TEST_CHROMIUM");
        if program.starts_with('/') {
            options["binary"] = program.into();
        }
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let wanted: Map<String, Value> = wanted.as_object().unwrap().clone();
        let address = format!("http://127.0.0.1:{port}");
        for _ in 0..200 {
            if let Ok(client) = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
                .capabilities(wanted.clone())
                .connect(&address)
                .await
            {
                return Self { client, _driver: driver, origin: origin.to_owned() };
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the browser did not open");
    }

    /// Goes to a page of the server.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.origin)).await.unwrap();
    }

    /// Where it is, without the origin.
    pub async fn place(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.as_str().strip_prefix(&self.origin).unwrap_or(url.as_str()).to_owned()
    }

    /// What is there, or comes within a moment: a click is answered before the next page is there.
    async fn find(&self, what: Locator<'_>) -> Element {
        match self.client.wait().at_most(Duration::from_secs(5)).every(Duration::from_millis(20)).for_element(what).await {
            Ok(found) => found,
            Err(error) => panic!("{what:?}: {error}, at {}: {}", self.place().await, self.text().await),
        }
    }

    /// Clicks what a selector names first.
    pub async fn click(&self, css: &str) {
        self.find(Locator::Css(css)).await.click().await.unwrap();
    }

    /// Clicks the link or the button with this text.
    pub async fn press(&self, text: &str) {
        let path = format!(
            "//main//*[(self::a or self::button) and normalize-space()='{text}'] | //*[(self::a or self::button) and normalize-space()='{text}']"
        );
        self.find(Locator::XPath(&path)).await.click().await.unwrap();
    }

    /// Signs out, and waits until that is so: going elsewhere at once would overtake it.
    pub async fn sign_out(&self) {
        self.press("Sign out").await;
        self.arrives("/console/sign-in").await;
    }

    /// Writes into a field, after what stands there is gone.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(Locator::Css(css)).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// The text of what a selector names first.
    pub async fn text_of(&self, css: &str) -> String {
        self.find(Locator::Css(css)).await.text().await.unwrap()
    }

    /// What the page says. A page that goes while it is read is read again.
    pub async fn text(&self) -> String {
        for _ in 0..100 {
            if let Ok(body) = self.client.find(Locator::Css("body")).await
                && let Ok(text) = body.text().await
            {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no page stays");
    }

    /// Waits until the page says this.
    pub async fn says(&self, text: &str) {
        for _ in 0..100 {
            if self.text().await.contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{text:?} is not said at {}: {}", self.place().await, self.text().await);
    }

    /// A picture of what can be seen, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }

    /// Waits until its address has this in it: a click is answered before the next page is there.
    pub async fn arrives(&self, part: &str) {
        for _ in 0..100 {
            if self.place().await.contains(part) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("still at {} and not where {part:?} is", self.place().await);
    }

    /// The page's source.
    pub async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }

    /// Runs a script of the test's own.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Runs one that calls its last argument when it is done.
    pub async fn run_to_end(&self, script: &str) -> Value {
        self.client.execute_async(script, Vec::new()).await.unwrap()
    }

    /// What the browser complained of since it was asked last.
    pub async fn complaints(&self) -> Vec<String> {
        let told = self.client.issue_cmd(Complaints).await.unwrap();
        let is_bad = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        told.as_array().unwrap().iter().filter(is_bad).map(|entry| entry["message"].to_string()).collect()
    }

    /// Closes it.
    pub async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}
