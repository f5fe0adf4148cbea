//! Tidy: the rules of the house that a machine can hold, each on the tree as it stands.
//!
//! The checkers are pure and live in [`rules`], each beside a planted violation that it
//! must find; here they are turned on the files that git knows or would take.

mod rules;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rules::File;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every text file that is tracked or would be: what is ignored is not ours, what is not UTF-8 is not text.
fn files() -> Vec<File> {
    let root = root();
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .expect("git lists the files");
    assert!(listing.status.success(), "git could not list the files: {}", String::from_utf8_lossy(&listing.stderr));
    let paths = String::from_utf8(listing.stdout).unwrap();
    let files: Vec<File> = paths
        .split_terminator('\0')
        .filter_map(|path| Some(File { path: path.to_owned(), text: fs::read_to_string(root.join(path)).ok()? }))
        .collect();
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "the listing misses the workspace's manifest");
    files
}

fn file(path: &str) -> File {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    File { path: path.to_owned(), text }
}

#[track_caller]
fn hold(rule: impl FnMut(&File) -> Vec<String>, files: &[File]) {
    let broken: Vec<String> = files.iter().flat_map(rule).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let (root, files) = (root(), files());
    let exists = |path: &str| match path.contains('/') {
        true => root.join(path).exists(),
        false => files.iter().any(|file| file.name() == path),
    };
    hold(|page| rules::lost_paths(page, exists), &[file("ARCHITECTURE.md")]);
}

#[test]
fn no_source_file_is_too_long() {
    hold(rules::too_long, &files());
}

#[test]
fn no_dialect_names_another() {
    hold(rules::foreign_dialects, &files());
}

#[test]
fn the_core_knows_no_dialect_and_no_outside_world() {
    hold(rules::worldly_core, &files());
}

#[test]
fn crates_depend_one_way() {
    hold(rules::wrong_way_dependencies, &files());
}

#[test]
fn no_file_is_named_after_nothing() {
    hold(rules::empty_names, &files());
}

#[test]
fn every_module_says_what_it_is() {
    hold(rules::silent_modules, &files());
}

#[test]
fn no_file_names_a_place_outside_the_repository() {
    hold(rules::outside_places, &files());
}

#[test]
fn decisions_are_numbered_without_gaps_and_listed() {
    let index = file("docs/decisions/README.md");
    let broken = rules::decision_gaps(&files(), &index);
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_readme_begins_with_both_commands() {
    hold(rules::late_commands, &[file("README.md")]);
}
