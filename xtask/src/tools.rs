//! The tools that the chores need: each is found, else installed, else an error with a hint.
//!
//! Nothing is skipped for want of a tool. System packages come from apt-get (as root or
//! through sudo), the Python clients from PyPI into a virtual environment below `target`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::steps::{self, Failure};

/// The oldest PostgreSQL that Vestibule supports.
const POSTGRES_VERSION_MIN: u32 = 15;
/// Where Debian keeps the servers, one directory for each version.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";
/// Pinned, so that a new release does not change what passes.
const NEXTEST_VERSION: &str = "0.9.143";
/// What the benches hold the single question against.
const CERBOS_PACKAGE: &str = "@cerbos/cerbos-linux-x64";
const CERBOS_VERSION: &str = "0.55.0";
/// The published clients: HERE's (`spec/here-support.md`, section 8) and m3ter's (`spec/m3ter-support.md`, section 9).
const PYTHON_CLIENTS: [&str; 2] = ["here-location-services==0.4.0", "m3ter==0.9.0"];
/// Two generations of Wavefront's client, each in an environment of its own (`spec/wavefront-accounts.md`, section 11).
const WAVEFRONT_CLIENTS: [&str; 2] = ["wavefront-api-client==2.176.0", "wavefront-api-client==2.202.2"];
/// What the help desk that the tests play checks tokens with (`spec/hostway-sso.md`, section 6).
const PYTHON_JWT: &str = "PyJWT==2.10.1";
/// What makes requests of its own from a document of ours, and holds the answers against it.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// What finds out whether everybody can use a page.
const AXE_VERSION: &str = "4.14.1";
/// What Chromium goes by on various systems.
const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Ends with 0 when the first two clients are there and can be used.
const PYTHON_CLIENTS_PROBE: &str = "\
from importlib.metadata import version
import m3ter
from here_location_services.platform.apis.aaa_oauth2_api import AAAOauth2Api
from here_location_services.platform.auth import Auth
from here_location_services.platform.credentials import PlatformCredentials
assert version('here-location-services') == '0.4.0'
assert version('m3ter') == '0.9.0'";

/// The directory of PostgreSQL's programs, of the newest version that is installed.
///
/// # Errors
/// [`Failure::Missing`] when there is none of version 15 or later and apt-get brings none.
pub fn postgres() -> Result<PathBuf, Failure> {
    find_or_install(
        "PostgreSQL 15 or later",
        "install the Debian package `postgresql`, so that /usr/lib/postgresql/*/bin holds `initdb` and `pg_ctl`",
        || {
            let installed = fs::read_dir(POSTGRES_VERSIONS).ok()?.flatten().filter(|version| version.path().join("bin/initdb").exists());
            let newest = newest(installed.map(|version| version.file_name().to_string_lossy().into_owned()))?;
            Some(Path::new(POSTGRES_VERSIONS).join(newest.to_string()).join("bin"))
        },
        || apt_install(&["postgresql"]),
    )
}

/// Sees to it that `wrk`, which makes HTTP requests as fast as they are answered, can be run.
///
/// # Errors
/// [`Failure::Missing`] when apt-get does not bring it.
pub fn wrk() -> Result<(), Failure> {
    find_or_install(
        "wrk",
        "install the Debian package `wrk`",
        // It has no flag that ends with 0, but says its name.
        || Command::new("wrk").arg("-v").output().ok()?.stdout.starts_with(b"wrk").then_some(()),
        || apt_install(&["wrk"]),
    )
}

/// The Cerbos server, from its npm package, below `dir`.
///
/// # Errors
/// [`Failure::Missing`] when npm does not bring it.
pub fn cerbos(dir: &Path) -> Result<PathBuf, Failure> {
    let program = dir.join("node_modules").join(CERBOS_PACKAGE).join("cerbos-linux-x64");
    find_or_install(
        "Cerbos",
        "install npm, which brings `@cerbos/cerbos-linux-x64`",
        || steps::succeeds(Command::new(&program).arg("--version")).then(|| program.clone()),
        || {
            let mut npm = Command::new("npm");
            npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(dir);
            steps::run("install Cerbos", npm.arg(format!("{CERBOS_PACKAGE}@{CERBOS_VERSION}")))
        },
    )
}

/// Sees to it that `cargo nextest` can be run.
///
/// # Errors
/// [`Failure::Missing`] when it cannot be built from its published source.
pub fn nextest() -> Result<(), Failure> {
    find_or_install(
        "cargo-nextest",
        "run `cargo install cargo-nextest --locked`, with ~/.cargo/bin on the PATH",
        || steps::succeeds(Command::new("cargo").args(["nextest", "--version"])).then_some(()),
        || {
            let mut install = Command::new("cargo");
            steps::run(
                "install cargo-nextest",
                install.args(["install", "cargo-nextest", "--version", NEXTEST_VERSION, "--locked", "--quiet"]),
            )
        },
    )
}

/// Cargo, in the workspace's root, as if no cargo had started us. Build scripts look at what cargo tells a program of its
/// package, and would be run anew, with all that is built on them, whenever a reader and this program take turns.
pub fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    let is_of_package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|begin| name.starts_with(begin));
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_package)) {
        cargo.env_remove(name);
    }
    cargo
}

/// Sees to it that a component of the Rust toolchain, `fmt` or `clippy`, can be run.
///
/// # Errors
/// [`Failure::Missing`] when it is not there: a toolchain is the reader's to change.
pub fn component(name: &'static str) -> Result<(), Failure> {
    match steps::succeeds(Command::new("cargo").args([name, "--version"])) {
        true => Ok(()),
        false => Err(Failure::Missing { tool: name, because: None, hint: "run `rustup component add rustfmt clippy`" }),
    }
}

/// Sees to it that `cargo deny` can be run.
///
/// # Errors
/// [`Failure::Missing`] when it is not there. It takes minutes to build, so it is not installed unasked.
pub fn deny() -> Result<(), Failure> {
    match steps::succeeds(Command::new("cargo").args(["deny", "--version"])) {
        true => Ok(()),
        false => Err(Failure::Missing { tool: "cargo-deny", because: None, hint: "run `cargo install cargo-deny --locked`" }),
    }
}

/// The Python of the virtual environment `venv`, which holds the published clients of HERE and m3ter.
///
/// # Errors
/// [`Failure::Missing`] when Python or a client cannot be had.
pub fn python(venv: &Path) -> Result<PathBuf, Failure> {
    environment(
        "the Python clients of HERE and m3ter",
        "run `python3 -m pip download here-location-services==0.4.0 m3ter==0.9.0` to see what keeps them away",
        venv,
        &PYTHON_CLIENTS,
        PYTHON_CLIENTS_PROBE,
    )
}

/// The Pythons of two virtual environments at paths that begin with `venv`: one holds the older of Wavefront's clients, the
/// other the newer.
///
/// # Errors
/// [`Failure::Missing`] when Python or a client cannot be had.
pub fn wavefront_pythons(venv: &Path) -> Result<[PathBuf; 2], Failure> {
    let one = |client: &str| {
        let (_, version) = client.split_once("==").unwrap_or_default();
        let probe = format!(
            "from importlib.metadata import version\nimport wavefront_api_client\nassert version('wavefront-api-client') == '{version}'"
        );
        let mut place = venv.as_os_str().to_owned();
        place.push(format!("-{version}"));
        environment(
            "Wavefront's Python client",
            "run `python3 -m pip download wavefront-api-client==2.176.0` to see what keeps it away",
            Path::new(&place),
            &[client],
            &probe,
        )
    };
    let [old, new] = WAVEFRONT_CLIENTS;
    Ok([one(old)?, one(new)?])
}

/// The Python of the virtual environment `venv`, which plays the help desk.
///
/// # Errors
/// [`Failure::Missing`] when Python or its package cannot be had.
pub fn help_desk_python(venv: &Path) -> Result<PathBuf, Failure> {
    environment(
        "PyJWT",
        "run `python3 -m pip download PyJWT==2.10.1` to see what keeps it away",
        venv,
        &[PYTHON_JWT],
        "import jwt\nassert jwt.__version__ == '2.10.1'",
    )
}

/// The Python of the virtual environment `venv`, which holds Schemathesis.
///
/// # Errors
/// [`Failure::Missing`] when Python or the package cannot be had.
pub fn schemathesis_python(venv: &Path) -> Result<PathBuf, Failure> {
    environment(
        "Schemathesis",
        "run `python3 -m pip download schemathesis==4.32.5` to see what keeps it away",
        venv,
        &[SCHEMATHESIS],
        "from importlib.metadata import version\nimport schemathesis.cli\nassert version('schemathesis') == '4.32.5'",
    )
}

/// The Chromium, or a browser made of it, which the tests open pages with.
///
/// # Errors
/// [`Failure::Missing`] when there is none and apt-get brings none.
pub fn chromium() -> Result<PathBuf, Failure> {
    find_or_install(
        "Chromium",
        "install the Debian package `chromium`, or Google Chrome",
        || CHROMIUM_NAMES.into_iter().find(|name| steps::succeeds(Command::new(name).arg("--version"))).map(PathBuf::from),
        || apt_install(&["chromium"]),
    )
}

/// What drives that browser by the WebDriver protocol.
///
/// # Errors
/// [`Failure::Missing`] when there is none and apt-get brings none.
pub fn chromedriver() -> Result<PathBuf, Failure> {
    find_or_install(
        "chromedriver",
        "install the Debian package `chromium-driver`, of the browser's version",
        || steps::succeeds(Command::new("chromedriver").arg("--version")).then(|| PathBuf::from("chromedriver")),
        || apt_install(&["chromium-driver"]),
    )
}

/// The script of axe-core, from its npm package, below `dir`: it finds what keeps people from using a page.
///
/// # Errors
/// [`Failure::Missing`] when npm does not bring it.
pub fn axe(dir: &Path) -> Result<PathBuf, Failure> {
    let script = dir.join("node_modules/axe-core/axe.min.js");
    find_or_install(
        "axe-core",
        "install npm, which brings `axe-core`",
        || script.is_file().then(|| script.clone()),
        || {
            find_or_install(
                "npm",
                "install the Debian package `npm`",
                || steps::succeeds(Command::new("npm").arg("--version")).then_some(()),
                || apt_install(&["npm"]),
            )?;
            let mut npm = Command::new("npm");
            npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(dir);
            steps::run("install axe-core", npm.arg(format!("axe-core@{AXE_VERSION}")))
        },
    )
}

/// The Python of the virtual environment `venv` with these packages, which `probe` ends well with.
fn environment(tool: &'static str, hint: &'static str, venv: &Path, packages: &[&str], probe: &str) -> Result<PathBuf, Failure> {
    let python = venv.join("bin/python");
    find_or_install(
        tool,
        hint,
        || steps::succeeds(Command::new(&python).args(["-c", probe])).then(|| python.clone()),
        || {
            let base = base_python()?;
            steps::run("make a Python environment", Command::new(base).args(["-m", "venv", "--clear"]).arg(venv))?;
            let mut install = Command::new(&python);
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--use-pep517"]).args(packages);
            steps::run(&format!("install {tool}"), &mut install)
        },
    )
}

/// A Python that can make virtual environments. Debian splits that ability off into a package of its own.
fn base_python() -> Result<&'static str, Failure> {
    find_or_install(
        "Python 3.9 or later with `venv`",
        "install the Debian package `python3-venv`",
        || {
            let able = |python: &&str| {
                steps::succeeds(Command::new(python).args(["-c", "import ensurepip, sys, venv; assert sys.version_info >= (3, 9)"]))
            };
            ["python3", "/usr/bin/python3"].into_iter().find(able)
        },
        || apt_install(&["python3", "python3-venv"]),
    )
}

/// Is this process root? `id` knows; the standard library does not.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn apt_install(packages: &[&str]) -> Result<(), Failure> {
    let script = "export DEBIAN_FRONTEND=noninteractive\n\
                  apt-get update -qq && apt-get install -y -qq --no-install-recommends \"$@\"";
    let mut install = Command::new(if is_root() { "sh" } else { "sudo" });
    if !is_root() {
        install.arg("sh");
    }
    install.args(["-c", script, "sh"]).args(packages).stdout(Stdio::null());
    steps::run(&format!("apt-get install {}", packages.join(" ")), &mut install)
}

fn find_or_install<T>(
    tool: &'static str,
    hint: &'static str,
    find: impl Fn() -> Option<T>,
    install: impl FnOnce() -> Result<(), Failure>,
) -> Result<T, Failure> {
    if let Some(found) = find() {
        return Ok(found);
    }
    install().map_err(|because| Failure::Missing { tool, because: Some(because.to_string()), hint })?;
    find().ok_or(Failure::Missing { tool, because: Some("it is not to be found after the installation".to_owned()), hint })
}

/// The newest of Debian's version directories that is new enough; what is not a number is not a version.
fn newest(names: impl Iterator<Item = String>) -> Option<u32> {
    names.filter_map(|name| name.parse().ok()).filter(|version| *version >= POSTGRES_VERSION_MIN).max()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_newest_postgres_that_is_new_enough_is_taken() {
        let rows: [(&[&str], Option<u32>); 5] =
            [(&[], None), (&["14"], None), (&["14", "15"], Some(15)), (&["9", "15", "17"], Some(17)), (&["lib", "15"], Some(15))];
        for (names, expected) in rows {
            assert_eq!(newest(names.iter().map(|name| (*name).to_owned())), expected, "{names:?}");
        }
    }

    #[test]
    fn what_is_there_is_not_installed() {
        let found = find_or_install("lamp", "", || Some(1), || Err(Failure::Database));
        assert_eq!(found.unwrap(), 1);
    }

    #[test]
    fn what_is_missing_is_installed_and_looked_for_again() {
        let there = Cell::new(false);
        let install = || {
            there.set(true);
            Ok(())
        };
        assert!(find_or_install("lamp", "", || there.get().then_some(()), install).is_ok());
    }

    #[test]
    fn what_cannot_be_had_is_an_error_with_its_reason_and_a_hint() {
        let failed = find_or_install("lamp", "buy one", || None::<()>, || Err(Failure::Database)).unwrap_err();
        assert_eq!(failed.to_string(), "lamp is missing and could not be installed: the test database did not start");
        assert_eq!(failed.hint(), Some("buy one"));
        let absent = find_or_install("lamp", "buy one", || None::<()>, || Ok(())).unwrap_err();
        assert_eq!(absent.to_string(), "lamp is missing and could not be installed: it is not to be found after the installation");
    }
}
