//! The checkers of [`super`]: pure functions from a file to what is wrong with it, one line each,
//! with the file and line in front.

/// Most lines a source file may have, tests included.
const LINES_MAX: usize = 400;
/// Lines of the README within which a reader must meet both commands.
const README_LINES: usize = 40;
const README_COMMANDS: [&str; 2] = ["cargo run --release -- quickstart", "cargo xtask test"];
const DIALECTS: &str = "crates/vestibule-server/src/dialects/";
/// The dialects as directories and as words; `here` is also an English word, so only its name in capitals counts.
const DIALECT_WORDS: [(&str, &str); 5] =
    [("here", "HERE"), ("m3ter", "m3ter"), ("hostway", "hostway"), ("egain", "egain"), ("wavefront", "wavefront")];
/// Each crate with the crates of ours that it may name in its manifest.
const MAY_DEPEND_ON: [(&str, &[&str]); 6] = [
    ("vestibule-core", &[]),
    ("vestibule-store", &["vestibule-core"]),
    ("vestibule-operations", &["vestibule-core", "vestibule-store"]),
    ("vestibule-server", &["vestibule-core", "vestibule-operations"]),
    ("vestibule", &["vestibule-core", "vestibule-operations", "vestibule-server"]),
    ("vestibule-oracle", &["vestibule-core"]),
];
const WORLDLY: [&str; 6] = ["axum", "deadpool-postgres", "hyper", "rusqlite", "tokio", "tokio-postgres"];
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "manager", "managers"];

/// A text file; the path is relative to the root.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn is_source(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// What `fault` finds in each line, numbered from 1.
    fn lines_with(&self, mut fault: impl FnMut(&str) -> Option<String>) -> Vec<String> {
        let lines = self.text.lines().enumerate();
        lines.filter_map(|(at, line)| Some(format!("{}:{}: {}", self.path, at + 1, fault(line)?))).collect()
    }
}

/// Backticked paths that lead nowhere. A path has a slash inside or the ending of a file; one that
/// begins with a slash belongs to a URL, and `spec/` is not in this repository.
pub fn lost_paths(page: &File, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let is_path = |span: &str| {
        let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
        let ending = [".md", ".rs", ".sh", ".sql", ".toml"].iter().any(|ending| span.ends_with(ending));
        plain && (span.contains('/') || ending) && !span.starts_with('/') && !span.starts_with("spec/")
    };
    let lost = |span: &&str| is_path(span) && !exists(span);
    page.lines_with(|line| line.split('`').skip(1).step_by(2).find(lost).map(|span| format!("`{span}` does not exist")))
}

pub fn too_long(file: &File) -> Vec<String> {
    match file.text.lines().count() {
        count if file.is_source() && count > LINES_MAX => vec![format!("{}:{count}: more than {LINES_MAX} lines", file.path)],
        _ => Vec::new(),
    }
}

pub fn foreign_dialects(file: &File) -> Vec<String> {
    // The list of the rooms names them all.
    let Some(inside) = file.path.strip_prefix(DIALECTS).filter(|inside| *inside != "mod.rs") else { return Vec::new() };
    let own = inside.split(['/', '.']).next().unwrap_or_default();
    file.lines_with(|line| {
        let names = |(directory, word): &&(&str, &str)| {
            let code_path = mentions(line, &format!("{directory}::")) || mentions(line, &format!("dialects::{directory}"));
            *directory != own && (code_path || mentions(line, word) || (*directory != "here" && mentions(&line.to_lowercase(), word)))
        };
        DIALECT_WORDS.iter().find(names).map(|(directory, _)| format!("names the dialect {directory}"))
    })
}

/// Does `needle` stand in `line` at the start of a word?
fn mentions(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric()))
}

pub fn worldly_core(file: &File) -> Vec<String> {
    match file.path.strip_prefix("crates/vestibule-core/") {
        Some("Cargo.toml") => file.lines_with(|line| {
            let name = dependency(line)?;
            WORLDLY.contains(&name).then(|| format!("the core depends on {name}"))
        }),
        Some(_) if file.is_source() => file.lines_with(|line| {
            let code = line.split("//").next().unwrap_or_default();
            code.contains("dialects").then(|| "the core names dialects".to_owned())
        }),
        _ => Vec::new(),
    }
}

/// Sections of all kinds count: a development dependency would let a test reach past its room.
pub fn wrong_way_dependencies(file: &File) -> Vec<String> {
    let Some(own) = file.path.strip_prefix("crates/").and_then(|inside| inside.strip_suffix("/Cargo.toml")) else { return Vec::new() };
    let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(name, _)| *name == own) else {
        return vec![format!("{}:1: a crate without a place: say in this test what it may depend on", file.path)];
    };
    file.lines_with(|line| {
        let name = dependency(line).filter(|name| name.starts_with("vestibule"))?;
        (!allowed.contains(&name)).then(|| format!("{own} may not depend on {name}"))
    })
}

/// The name before `=`, or in a table's heading, of a manifest's line that names a dependency.
fn dependency(line: &str) -> Option<&str> {
    if let Some((kind, name)) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')).and_then(|line| line.rsplit_once('.')) {
        return kind.ends_with("dependencies").then_some(name);
    }
    let (name, _) = line.split_once('=')?;
    Some(name.trim().trim_end_matches(".workspace").trim_matches('"'))
}

pub fn empty_names(file: &File) -> Vec<String> {
    let parts = file.path.split('/').map(|part| part.split('.').next().unwrap_or_default());
    let empty = parts.filter(|stem| EMPTY_NAMES.contains(stem));
    empty.map(|stem| format!("{}:1: `{stem}` says nothing: name the file after what it holds", file.path)).collect()
}

pub fn silent_modules(file: &File) -> Vec<String> {
    let in_src = file.path.starts_with("xtask/src/") || (file.path.starts_with("crates/") && file.path.contains("/src/"));
    match in_src && file.is_source() && !file.text.starts_with("//!") {
        true => vec![format!("{}:1: does not begin with `//!`", file.path)],
        false => Vec::new(),
    }
}

/// The places are put together here, so that this file does not name them.
pub fn outside_places(file: &File) -> Vec<String> {
    let places = [
        ["/wo", "rk/"],
        ["../sha", "red"],
        ["static.cra", "tes.io"],
        ["index.cra", "tes.io"],
        ["py", "pi.org"],
        ["files.python", "hosted.org"],
        ["registry.npm", "js.org"],
        ["deb.deb", "ian.org"],
    ]
    .map(|parts| parts.concat());
    file.lines_with(|line| places.iter().find(|place| line.contains(*place)).map(|place| format!("names `{place}`")))
}

pub fn decision_gaps(files: &[File], index: &File) -> Vec<String> {
    let mut names: Vec<&str> = files.iter().filter_map(|file| file.path.strip_prefix("docs/decisions/")).collect();
    names.retain(|name| *name != "README.md");
    names.sort_unstable();
    let misnumbered = (1..).zip(&names).filter(|(number, name)| !name.starts_with(&format!("{number:04}-")));
    let misnumbered = misnumbered.map(|(number, name)| format!("docs/decisions/{name}:1: number {number:04} is expected here"));
    let unlisted = names.iter().filter(|name| !index.text.contains(&format!("({name})")));
    let unlisted = unlisted.map(|name| format!("{}:1: does not list {name}", index.path));
    misnumbered.chain(unlisted).collect()
}

pub fn late_commands(readme: &File) -> Vec<String> {
    let begins_with = |command: &str| readme.text.lines().take(README_LINES).any(|line| line.contains(command));
    let late = README_COMMANDS.into_iter().filter(|command| !begins_with(command));
    late.map(|command| format!("{}:{README_LINES}: no `{command}` so far", readme.path)).collect()
}

fn planted(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

/// A rule finds a planted fault in each of `wrong`, and none in any of `right`.
#[track_caller]
fn check(rule: impl Fn(&File) -> Vec<String>, wrong: &[(&str, &str)], right: &[(&str, &str)]) {
    for (path, text) in wrong {
        let found = rule(&planted(path, text));
        assert_eq!(found.len(), 1, "{path}: {text}");
        assert!(found[0].starts_with(&format!("{path}:")), "no file and line: {}", found[0]);
    }
    for (path, text) in right {
        assert_eq!(rule(&planted(path, text)), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn a_lost_path_is_found() {
    let rule = |page: &File| lost_paths(page, |path| path == "crates/there/" || path == "there.rs");
    check(
        rule,
        &[("A.md", "in `crates/there/` and `crates/gone/`"), ("A.md", "in\n`gone.rs`")],
        &[("A.md", "in `crates/there/`, `there.rs`, `/v1/realms`, `spec/log.md`, `cargo run`, `a::b`, crates/gone/")],
    );
}

#[test]
fn a_line_too_many_is_found() {
    let (enough, one_more) = ("x\n".repeat(LINES_MAX), "x\n".repeat(LINES_MAX + 1));
    check(too_long, &[("a.rs", &one_more)], &[("a.rs", &enough), ("a.md", &one_more)]);
}

#[test]
fn a_dialect_that_names_another_is_found() {
    let (here, egain) = ("crates/vestibule-server/src/dialects/here/wire.rs", "crates/vestibule-server/src/dialects/egain.rs");
    check(
        foreign_dialects,
        &[
            (here, "// as Wavefront does"),
            (here, "WavefrontToken"),
            (here, "m3ter"),
            (egain, "as HERE has it"),
            (egain, "use super::here::Wire;"),
        ],
        &[
            (here, "HERE, here::Wire, and to regain it"),
            (egain, "what lives here, where::To"),
            ("crates/vestibule-server/src/lib.rs", "m3ter"),
            ("crates/vestibule-server/src/dialects/mod.rs", "pub mod m3ter;"),
        ],
    );
}

#[test]
fn a_core_that_looks_outside_is_found() {
    let (source, manifest) = ("crates/vestibule-core/src/refusal.rs", "crates/vestibule-core/Cargo.toml");
    check(
        worldly_core,
        &[(source, "use crate::dialects::here;"), (manifest, "tokio.workspace = true"), (manifest, "[dependencies.axum]")],
        &[
            (source, "//! see `dialects/*/refusal.rs`"),
            (manifest, "serde = \"1\""),
            ("crates/vestibule-store/Cargo.toml", "rusqlite = \"1\""),
        ],
    );
}

#[test]
fn a_dependency_that_points_the_wrong_way_is_found() {
    check(
        wrong_way_dependencies,
        &[
            ("crates/vestibule-core/Cargo.toml", "vestibule-store.workspace = true"),
            ("crates/vestibule-server/Cargo.toml", "[dev-dependencies]\nvestibule-store = { path = \"../vestibule-store\" }"),
            ("crates/vestibule/Cargo.toml", "[dependencies.vestibule-store]"),
            ("crates/vestibule-annexe/Cargo.toml", ""),
        ],
        &[("crates/vestibule-server/Cargo.toml", "name = \"vestibule-server\"\n[dependencies]\nvestibule-operations.workspace = true")],
    );
}

#[test]
fn a_name_that_says_nothing_is_found() {
    check(empty_names, &[("crates/a/src/utils.rs", ""), ("crates/a/src/common/tree.rs", "")], &[("crates/a/src/utility.rs", "")]);
}

#[test]
fn a_module_that_says_nothing_is_found() {
    check(
        silent_modules,
        &[("crates/a/src/b.rs", "use c;"), ("xtask/src/main.rs", "\n//! Late.")],
        &[("crates/a/src/b.rs", "//! What."), ("crates/a/build.rs", "use c;"), ("crates/a/src/b.sql", "")],
    );
}

#[test]
fn a_place_outside_is_found() {
    let workplace = ["/wo", "rk/plan.md"].concat();
    let registry = ["https://py", "pi.org/simple"].concat();
    check(outside_places, &[("a.md", &workplace), ("b.toml", &registry)], &[("a.md", "from crates.io, in a framework/there")]);
}

#[test]
fn a_gap_between_decisions_is_found() {
    let index = planted("docs/decisions/README.md", "[One](0001-one.md) [Three](0003-three.md)");
    let decisions = |names: &[&str]| names.iter().map(|name| planted(&format!("docs/decisions/{name}"), "")).collect::<Vec<_>>();
    assert_eq!(decision_gaps(&decisions(&["README.md", "0001-one.md"]), &index), Vec::<String>::new());
    assert_eq!(decision_gaps(&decisions(&["0001-one.md", "0003-three.md"]), &index).len(), 1, "a gap");
    assert_eq!(decision_gaps(&decisions(&["0001-one.md", "0002-two.md"]), &index).len(), 1, "one not listed");
}

#[test]
fn a_command_that_comes_too_late_is_found() {
    let [quickstart, test] = README_COMMANDS;
    let late = format!("{quickstart}\n{}{test}", "\n".repeat(README_LINES - 1));
    let in_time = format!("{quickstart}\n{}{test}", "\n".repeat(README_LINES - 2));
    check(late_commands, &[("README.md", &late)], &[("README.md", &in_time)]);
}
