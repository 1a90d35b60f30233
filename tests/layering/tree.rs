//! The sources of this repository.

use std::path::{Path, PathBuf};

use crate::tokens::{Language, Token, tokens};

/// A source file as its tokens; tests are not in it.
pub(crate) struct Source {
    /// Relative to the repository, with forward slashes.
    pub(crate) path: String,
    pub(crate) tokens: Vec<Token>,
}

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names in a folder, sorted; none where there is no such folder.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root().join(folder)) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("a readable entry").file_name().into_string().expect("a name in UTF-8"))
        .collect();
    names.sort();
    names
}

fn walk(folder: &str, extension: &str, found: &mut Vec<PathBuf>) {
    for name in names(folder) {
        let path = format!("{folder}/{name}");
        if root().join(&path).is_dir() {
            walk(&path, extension, found);
        } else if path.ends_with(extension) {
            found.push(path.into());
        }
    }
}

fn sources(folder: &str, language: Language) -> Vec<Source> {
    let extension = match language {
        Language::Rust => ".rs",
        Language::TypeScript => ".ts",
    };
    let mut paths = Vec::new();
    walk(folder, extension, &mut paths);
    let sources: Vec<_> = paths
        .into_iter()
        .map(|path| path.to_string_lossy().replace('\\', "/"))
        // Unit tests that are files of their own, and what the build made.
        .filter(|path| !path.ends_with("/tests.rs") && !path.starts_with("pkg/src/generated/"))
        .map(|path| {
            let text = std::fs::read_to_string(root().join(&path)).expect("a readable file");
            Source { tokens: tokens(&text, language), path }
        })
        .collect();
    assert!(!sources.is_empty(), "{folder} has no sources");
    sources
}

/// The crate.
pub(crate) fn rust() -> Vec<Source> {
    sources("src", Language::Rust)
}

/// The package.
pub(crate) fn typescript() -> Vec<Source> {
    sources("pkg/src", Language::TypeScript)
}

/// Fails with all findings at once.
#[track_caller]
pub(crate) fn none(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
