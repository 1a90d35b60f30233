//! The crate: what the core, the native host and the binding do not know.

use worker_runtime::{DiagnosticKind, EventKind, Severity, TranscriptRole, WorkerStatus};

use crate::tokens::{Kind, Token, places};
use crate::tree::{Source, none, rust};

/// JavaScript.
const JAVASCRIPT: [&str; 7] =
    ["js_sys", "web_sys", "wasm_bindgen", "serde_wasm_bindgen", "JsValue", "JsCast", "JsString"];
/// The system's clock, entropy, I/O, waiting and threads.
const SYSTEM: [&str; 10] = [
    "getrandom",
    "SystemTime",
    "Instant",
    "Duration",
    "Mutex",
    "RwLock",
    "Condvar",
    "TcpStream",
    "File",
    "async",
];
/// Modules of the standard library that reach for the system.
const SYSTEM_MODULES: [&str; 8] = ["time", "fs", "net", "thread", "env", "process", "io", "os"];

/// Who may name what, and why.
const EXCEPTIONS: [(&str, &str, &str); 5] = [
    ("src/host.rs", "SystemTime", "the native host gives the core the system's clock"),
    ("src/host.rs", "std::time", "the native host gives the core the system's clock"),
    ("src/host.rs", "std::thread", "the native host waits before a store is asked again"),
    ("src/host.rs", "Duration", "the native host waits before a store is asked again"),
    ("src/entropy.rs", "getrandom", "identities come from the platform's random source"),
];

fn is_binding(path: &str) -> bool {
    path.starts_with("src/wasm/")
}

fn words(source: &Source) -> impl Iterator<Item = (&Token, &str)> {
    source.tokens.iter().filter_map(|token| match &token.kind {
        Kind::Word(word) => Some((token, word.as_str())),
        _ => None,
    })
}

/// What of the outside a file names.
fn outside(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (token, word) in words(source) {
        if SYSTEM.contains(&word) || JAVASCRIPT.contains(&word) && !is_binding(&source.path) {
            found.push((token.line, word.to_owned()));
        }
    }
    for library in ["std", "core", "alloc"] {
        for module in SYSTEM_MODULES {
            for at in places(&source.tokens, &format!("{library} : : {module}")) {
                found.push((source.tokens[at].line, format!("{library}::{module}")));
            }
        }
        // A group of modules would hide them from the check above.
        for at in places(&source.tokens, &format!("{library} : : {{")) {
            found.push((source.tokens[at].line, format!("{library}::{{…}}")));
        }
    }
    found
}

#[test]
fn the_core_names_nothing_of_the_outside() {
    let mut used = [false; EXCEPTIONS.len()];
    let mut findings = Vec::new();
    for source in rust() {
        for (line, name) in outside(&source) {
            match EXCEPTIONS.iter().position(|(path, allowed, _)| (*path, *allowed) == (&source.path, &name))
            {
                Some(exception) => used[exception] = true,
                None => findings.push(format!("{}:{line} names {name}", source.path)),
            }
        }
    }
    for ((path, name, _), used) in EXCEPTIONS.iter().zip(used) {
        if !used {
            findings.push(format!("{path} is excepted for {name} and does not name it"));
        }
    }
    none(findings);
}

#[test]
fn the_core_needs_no_standard_library() {
    let mut findings = Vec::new();
    for source in rust().iter().filter(|source| source.path != "src/host.rs") {
        for at in places(&source.tokens, "std : :") {
            findings.push(format!("{}:{} names std", source.path, source.tokens[at].line));
        }
    }
    none(findings);
}

/// Panics that stay, and why nothing that a caller passes brings them about.
const PANICS: [(&str, &str, &str); 2] = [
    ("src/runtime.rs", "assert", "a transaction merged over another state than its own is a bug of the host"),
    ("src/wasm/handles.rs", "panic", "a test-only export that makes a trap"),
];

#[test]
fn the_crate_does_not_panic_by_itself() {
    let mut left: Vec<_> = PANICS.iter().map(|(path, name, _)| (*path, *name)).collect();
    let mut findings = Vec::new();
    for source in rust() {
        let methods = ["unwrap", "expect", "unwrap_err", "expect_err"];
        let macros =
            ["panic", "todo", "unimplemented", "unreachable", "assert", "assert_eq", "assert_ne", "dbg"];
        let called = methods.map(|name| (name, format!(". {name} (")));
        let invoked = macros.map(|name| (name, format!("{name} !")));
        for (name, pattern) in called.into_iter().chain(invoked) {
            for at in places(&source.tokens, &pattern) {
                match left.iter().position(|allowed| *allowed == (&source.path, name)) {
                    Some(index) => drop(left.remove(index)),
                    None => findings.push(format!("{}:{} {name}", source.path, source.tokens[at].line)),
                }
            }
        }
    }
    findings.extend(left.into_iter().map(|(path, name)| format!("{path} has no {name} to be excepted")));
    none(findings);
}

/// Every word of the domain that callers see as text.
fn vocabulary() -> Vec<&'static str> {
    let mut words =
        vec!["runtime-", "worker-", "local_default_resources", "runtime_default", "builtin", "named"];
    words.extend(["assistant", "task", "role"]);
    words.extend(EventKind::ALL.iter().flat_map(|kind| [kind.as_str(), kind.default_message()]));
    words.extend(TranscriptRole::ALL.iter().map(|role| role.as_str()));
    words.extend(WorkerStatus::ALL.iter().map(|status| status.as_str()));
    words.extend(Severity::ALL.iter().map(|severity| severity.as_str()));
    words.extend(DiagnosticKind::ALL.iter().flat_map(|kind| [kind.code(), kind.message()]));
    words.extend([
        "runtime_stopped",
        "runtime_closed",
        "runtime_poisoned",
        "wrong_runtime",
        "wrong_runtime_cursor",
        "worker_not_found",
        "limit_too_large",
        "invalid_request",
        "operation_conflict",
        "storage_failed",
        "storage_conflict",
        "storage_locked",
        "storage_corrupt",
        "storage_missing",
        "storage_lost",
        "storage_unsupported_version",
    ]);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn the_binding_has_no_constants_of_the_domain() {
    let vocabulary = vocabulary();
    let numbers = ["256", "4096", "53", "1048576", "16777216", "9007199254740991", "9007199254740992"];
    let mut findings = Vec::new();
    for source in rust().iter().filter(|source| is_binding(&source.path)) {
        for token in &source.tokens {
            let domain = match &token.kind {
                Kind::Text(text) => vocabulary.contains(&text.as_str()),
                Kind::Number(number) => {
                    let plain = number.replace('_', "");
                    numbers.iter().any(|known| plain.trim_end_matches("f64") == *known)
                }
                Kind::Word(_) | Kind::Sign(_) => false,
            };
            if domain {
                findings.push(format!("{}:{} {:?}", source.path, token.line, token.kind));
            }
        }
        for at in places(&source.tokens, "const") {
            if let Some(Kind::Word(name)) = source.tokens.get(at + 1).map(|token| &token.kind)
                && (name.starts_with("MAX_") || name.starts_with("DEFAULT_"))
            {
                findings.push(format!("{}:{} declares {name}", source.path, source.tokens[at].line));
            }
        }
    }
    none(findings);
}

#[test]
fn only_the_binding_exports_to_javascript() {
    let mut findings = Vec::new();
    for source in rust().iter().filter(|source| !is_binding(&source.path)) {
        for word in ["no_mangle", "extern"] {
            for at in places(&source.tokens, word) {
                let is_crate =
                    source.tokens.get(at + 1).is_some_and(|token| token.kind == Kind::Word("crate".into()));
                if !is_crate {
                    findings.push(format!("{}:{} {word}", source.path, source.tokens[at].line));
                }
            }
        }
    }
    none(findings);
}
