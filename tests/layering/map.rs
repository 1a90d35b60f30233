//! The module map of the architecture page names what is there, and everything that is there.

use std::collections::BTreeSet;

use crate::tree::{names, none, root};

/// The entries of the map beneath each folder at its margin, and those folders.
fn map() -> (Vec<String>, Vec<(String, String)>) {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the architecture page");
    let (_, after) = page.split_once("## Module map").expect("a module map");
    let block = after.split("```").nth(1).expect("a block");
    let (mut folders, mut entries) = (Vec::new(), Vec::new());
    for line in block.lines().filter(|line| !line.trim().is_empty()) {
        let name = line.split_whitespace().next().unwrap_or_default();
        if line.starts_with("  ") {
            let folder: &String = folders.last().expect("a folder above its entries");
            entries.push((folder.clone(), name.to_owned()));
        } else {
            folders.push(name.trim_end_matches('/').to_owned());
        }
    }
    (folders, entries)
}

/// What is in a folder, folders with a slash.
fn present(folder: &str, extension: &str) -> BTreeSet<String> {
    let all = names(folder);
    all.iter()
        .filter_map(|name| {
            if !root().join(folder).join(name).is_dir() {
                return name.ends_with(extension).then(|| name.clone());
            }
            // The tests of a module, beside it.
            let of_tests = names(&format!("{folder}/{name}")) == ["tests.rs"];
            (!of_tests).then(|| format!("{name}/"))
        })
        .collect()
}

#[test]
fn the_map_and_the_tree_agree() {
    let (folders, entries) = map();
    let mut findings: Vec<_> = folders
        .iter()
        .filter(|folder| !root().join(folder).is_dir())
        .map(|folder| format!("{folder}/ is in the map and not in the tree"))
        .collect();
    for (folder, extension, generated) in [("src", ".rs", ""), ("pkg/src", ".ts", "generated/")] {
        let mapped: BTreeSet<_> = entries
            .iter()
            .filter(|(of, _)| of == folder)
            .map(|(_, name)| name.clone())
            .filter(|name| name != generated)
            .collect();
        let mut found = present(folder, extension);
        found.remove(generated);
        assert!(!mapped.is_empty() && !found.is_empty(), "{folder} has neither map nor sources");
        for name in mapped.difference(&found) {
            findings.push(format!("{folder}/{name} is in the map and not in the tree"));
        }
        for name in found.difference(&mapped) {
            findings.push(format!("{folder}/{name} is in the tree and not in the map"));
        }
    }
    none(findings);
}
