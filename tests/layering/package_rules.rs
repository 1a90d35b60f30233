//! The package: what adapters and the rest of the JavaScript layer do not know.

use crate::tokens::{Kind, Token, places};
use crate::tree::{Source, none, typescript};

const ADAPTERS: &str = "pkg/src/storage/";

/// How arguments are read and refused, which is the same for what a host passes to an adapter.
const ARGUMENTS: [&str; 2] = ["pkg/src/api/errors.js", "pkg/src/arguments/read.js"];

/// What a file imports or re-exports, and where.
fn imports(source: &Source) -> Vec<(usize, &str)> {
    let tokens = &source.tokens;
    let text_at = |at: usize| match &tokens[at].kind {
        Kind::Text(text) => (tokens[at].line, text.as_str()),
        _ => (tokens[at].line, ""),
    };
    let mut found: Vec<_> = places(tokens, "from \"\"").into_iter().map(|at| text_at(at + 1)).collect();
    found.extend(places(tokens, "import \"\"").into_iter().map(|at| text_at(at + 1)));
    found.extend(places(tokens, "import ( \"\"").into_iter().map(|at| text_at(at + 2)));
    found
}

/// Where a relative import leads, as a path in the repository.
fn resolved(from: &str, import: &str) -> Option<String> {
    if !import.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn is_node_only(path: &str) -> bool {
    path == "pkg/src/entry/node-fs.ts" || path.starts_with("pkg/src/storage/node-fs/")
}

#[test]
fn adapters_import_the_contract_what_reads_arguments_and_each_other() {
    let mut findings = Vec::new();
    for source in typescript().iter().filter(|source| source.path.starts_with(ADAPTERS)) {
        for (line, import) in imports(source) {
            let fine = match resolved(&source.path, import) {
                Some(path) => path.starts_with(ADAPTERS) || ARGUMENTS.contains(&path.as_str()),
                None => is_node_only(&source.path) && import.starts_with("node:"),
            };
            if !fine {
                findings.push(format!("{}:{line} imports {import}", source.path));
            }
        }
    }
    none(findings);
}

#[test]
fn adapters_do_not_know_one_another() {
    let family = |path: &str| {
        let rest = path.strip_prefix(ADAPTERS)?;
        let name = rest.split(['/', '.']).next()?;
        let families = ["indexeddb", "node-fs", "memory", "sqlite", "postgres", "level", "durable-object"];
        families.into_iter().find(|family| *family == name)
    };
    let mut findings = Vec::new();
    for source in typescript() {
        for (line, import) in imports(&source) {
            let (from, to) =
                (family(&source.path), resolved(&source.path, import).and_then(|path| family(&path)));
            let foreign = from.is_some() && to.is_some() && from != to;
            if foreign {
                findings.push(format!("{}:{line} imports {import}", source.path));
            }
        }
    }
    none(findings);
}

/// Names of the platform that happen to have one of the words in them.
const OF_THE_PLATFORM: [&str; 7] = [
    "Event",
    "EventTarget",
    "MessageEvent",
    "IDBVersionChangeEvent",
    "addEventListener",
    "removeEventListener",
    "dispatchEvent",
];

/// The words of a name, in lower case: `readWorkerRef` has `read`, `worker`, `ref`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase().filter(|c| c.is_alphanumeric()));
        }
    }
    words
}

fn names_the_domain(token: &Token) -> bool {
    let text = match &token.kind {
        Kind::Word(word) if OF_THE_PLATFORM.contains(&word.as_str()) => return false,
        Kind::Word(word) => word.clone(),
        // The package's own name, also where names have no hyphen, and a module of Node.js.
        Kind::Text(text) => ["worker-runtime", "worker_runtime", "node:worker_threads"]
            .iter()
            .fold(text.clone(), |text, own| text.replace(own, "")),
        Kind::Number(_) | Kind::Sign(_) => return false,
    };
    let domain =
        ["worker", "workers", "transcript", "transcripts", "event", "events", "diagnostic", "intent"];
    words(&text).iter().any(|word| domain.contains(&word.as_str()))
}

#[test]
fn adapters_know_keys_and_bytes_only() {
    let mut findings = Vec::new();
    for source in typescript().iter().filter(|source| source.path.starts_with(ADAPTERS)) {
        for token in source.tokens.iter().filter(|token| names_the_domain(token)) {
            findings.push(format!("{}:{} {:?}", source.path, token.line, token.kind));
        }
    }
    none(findings);
}

#[test]
fn only_the_adapter_for_node_imports_node() {
    let mut findings = Vec::new();
    for source in typescript() {
        for (line, import) in imports(&source) {
            let allowed = import.starts_with("node:") && is_node_only(&source.path);
            if !import.starts_with('.') && !allowed {
                findings.push(format!("{}:{line} imports {import}", source.path));
            }
        }
    }
    none(findings);
}

#[test]
fn relative_imports_lead_to_sources() {
    let sources = typescript();
    let mut findings = Vec::new();
    for source in &sources {
        for (line, import) in imports(source) {
            let Some(path) = resolved(&source.path, import) else {
                continue;
            };
            let target = path.strip_suffix(".js").map(|stem| format!("{stem}.ts"));
            let known = target.is_some_and(|target| sources.iter().any(|source| source.path == target));
            // The module itself lies beside the compiled sources; one host alone compiles it with the program.
            let module = path == "pkg/src/worker_runtime.wasm" && source.path == "pkg/src/entry/workerd.ts";
            if !known && !module && !path.starts_with("pkg/src/generated/") {
                findings.push(format!("{}:{line} imports {import}", source.path));
            }
        }
    }
    none(findings);
}

#[test]
fn the_package_neither_evaluates_text_nor_waits_while_it_loads() {
    let mut findings = Vec::new();
    for source in typescript() {
        let tokens = &source.tokens;
        let mut found: Vec<usize> = Vec::new();
        for pattern in ["eval (", "new Function", "Function ("] {
            found.extend(places(tokens, pattern));
        }
        let mut depth = 0i32;
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Sign('{' | '(' | '[') => depth += 1,
                Kind::Sign('}' | ')' | ']') => depth -= 1,
                _ if depth == 0 && token.is_word("await") => found.push(at),
                _ => {}
            }
        }
        if depth != 0 {
            findings.push(format!("{}: its brackets do not match", source.path));
        }
        for at in found {
            findings.push(format!("{}:{} {:?}", source.path, tokens[at].line, tokens[at].kind));
        }
    }
    none(findings);
}
