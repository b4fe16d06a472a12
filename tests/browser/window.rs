//! A browser window, and what a person does in it.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

/// How long a person waits for a page.
const PATIENCE: Duration = Duration::from_secs(20);

/// What drives browsers.
pub(crate) struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    pub(crate) async fn start() -> Driver {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is needed: Debian packages chromium, chromium-driver, fonts-noto-cjk");
        let driver = Driver { process, url: format!("http://127.0.0.1:{port}") };
        let began = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(began.elapsed() < PATIENCE, "chromedriver does not answer");
            sleep(Duration::from_millis(50)).await;
        }
        driver
    }

    /// Opens a window of its own, with its own cookies.
    pub(crate) async fn open(&self) -> Window {
        let mut wanted = Map::new();
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=zh-CN"];
        wanted.insert(
            "goog:chromeOptions".into(),
            json!({ "args": arguments, "prefs": { "intl.accept_languages": "zh-CN,zh" } }),
        );
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(wanted)
            .connect(&self.url)
            .await
            .unwrap();
        client.set_window_size(1024, 900).await.unwrap();
        Window { client }
    }

    pub(crate) async fn stop(mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A window.
pub(crate) struct Window {
    client: Client,
}

impl Window {
    pub(crate) async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Everything that can be read on the page.
    pub(crate) async fn text(&self) -> String {
        // Between two pages there is none.
        let read = self.client.execute("return document.body ? document.body.innerText : ''", vec![]).await;
        read.ok().and_then(|text| text.as_str().map(ToOwned::to_owned)).unwrap_or_default()
    }

    /// The words that stand on the page once it is there.
    pub(crate) async fn sees(&self, words: &str) {
        let began = Instant::now();
        loop {
            let text = self.text().await;
            if text.contains(words) {
                if began.elapsed() > PATIENCE / 5 {
                    println!("“{words}” took {:.1} s", began.elapsed().as_secs_f64());
                }
                return;
            }
            assert!(began.elapsed() < PATIENCE, "“{words}” is not at {}:\n{text}", self.url().await);
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Loads the page again until the words stand on it.
    pub(crate) async fn waits_for(&self, words: &str) {
        let began = Instant::now();
        while !self.text().await.contains(words) {
            assert!(began.elapsed() < PATIENCE * 3, "“{words}” never came to {}", self.url().await);
            sleep(Duration::from_millis(500)).await;
            self.client.refresh().await.unwrap();
        }
    }

    async fn find(&self, css: &str) -> Element {
        self.client.find(Locator::Css(css)).await.unwrap_or_else(|failure| panic!("{css}: {failure}"))
    }

    /// Follows a link by its words.
    pub(crate) async fn follows(&self, words: &str) {
        let path = format!("//main//a[contains(normalize-space(.), '{words}')]");
        let link = self.client.find(Locator::XPath(&path)).await;
        link.unwrap_or_else(|failure| panic!("no link “{words}”: {failure}")).click().await.unwrap();
    }

    /// Presses a button by its words.
    pub(crate) async fn presses(&self, words: &str) {
        let path = format!("//button[contains(normalize-space(.), '{words}')]");
        let button = self.client.find(Locator::XPath(&path)).await;
        button.unwrap_or_else(|failure| panic!("no button “{words}”: {failure}")).click().await.unwrap();
    }

    /// Fills a field in.
    pub(crate) async fn fills(&self, name: &str, text: &str) {
        self.find(&format!("main [name='{name}']")).await.send_keys(text).await.unwrap();
    }

    /// Fills a day or a time in, which browsers take apart while it is typed.
    pub(crate) async fn sets(&self, name: &str, value: &str) {
        let script = "document.querySelector(arguments[0]).value = arguments[1];";
        let css = format!("main [name='{name}']");
        self.client.execute(script, vec![json!(css), json!(value)]).await.unwrap();
    }

    /// Chooses what begins with these words.
    pub(crate) async fn chooses(&self, name: &str, words: &str) {
        let path = format!("//main//select[@name='{name}']//option[starts-with(normalize-space(.), '{words}')]");
        let option = self.client.find(Locator::XPath(&path)).await;
        option.unwrap_or_else(|failure| panic!("{name} has no “{words}”: {failure}")).click().await.unwrap();
    }

    pub(crate) async fn attaches(&self, name: &str, file: &Path) {
        self.find(&format!("input[name='{name}']")).await.send_keys(&file.display().to_string()).await.unwrap();
    }

    pub(crate) async fn signs_in(&self, url: &str, name: &str, passphrase: &str) {
        self.go(&format!("{url}sign-in")).await;
        self.chooses("officer", name).await;
        self.fills("passphrase", passphrase).await;
        self.presses("登录").await;
    }

    /// Sends the form, looks at what would be signed, signs it, and sees the receipt.
    pub(crate) async fn signs(&self) {
        self.presses("下一步").await;
        self.sees("核对将要签名的内容").await;
        self.presses("签名").await;
        self.sees("已签名").await;
    }

    pub(crate) async fn resizes(&self, width: u32, height: u32) {
        // A window cannot be narrower than its frame; the page's own width can.
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let _ = self.client.set_window_size(width.max(500), height).await;
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Lets files be saved in a folder.
    pub(crate) async fn saves_to(&self, folder: &Path) {
        let allowed = json!({ "behavior": "allow", "downloadPath": folder.display().to_string() });
        self.devtools("Page.setDownloadBehavior", allowed).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let ask = Devtools { command: command.to_owned(), parameters };
        self.client.issue_cmd(ask).await.unwrap_or_else(|failure| panic!("{command}: {failure}"))
    }

    /// How much wider the page is than the window.
    pub(crate) async fn overflow(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
        self.client.execute(script, vec![]).await.unwrap().as_i64().unwrap_or(0)
    }

    /// The whole page as a picture.
    pub(crate) async fn photograph(&self, file: &Path) {
        let picture = self.devtools("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
        let data = picture.get("data").and_then(Value::as_str).unwrap_or_default();
        std::fs::write(file, data_encoding::BASE64.decode(data.as_bytes()).unwrap()).unwrap();
    }

    /// The page as it would be printed.
    pub(crate) async fn prints(&self) -> Vec<u8> {
        let paper = json!({ "preferCSSPageSize": true, "printBackground": true });
        let printed = self.devtools("Page.printToPDF", paper).await;
        let data = printed.get("data").and_then(Value::as_str).unwrap_or_default();
        data_encoding::BASE64.decode(data.as_bytes()).unwrap()
    }

    /// What a script on the page says.
    pub(crate) async fn runs(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// What axe finds serious on the page.
    pub(crate) async fn faults(&self, axe: &str) -> Vec<String> {
        self.client.execute(axe, vec![]).await.unwrap();
        let script = "const done = arguments[arguments.length - 1]; \
             axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations \
             .filter((one) => ['serious', 'critical'].includes(one.impact)) \
             .map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 160)).join(' | '))));";
        let found = self.client.execute_async(script, vec![]).await.unwrap();
        let found = found.as_array().cloned().unwrap_or_default();
        found.iter().filter_map(|one| one.as_str().map(ToOwned::to_owned)).collect()
    }

    pub(crate) async fn closes(self) {
        self.client.close().await.unwrap();
    }
}

/// A command of Chromium's own.
#[derive(Debug)]
struct Devtools {
    command: String,
    parameters: Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}
