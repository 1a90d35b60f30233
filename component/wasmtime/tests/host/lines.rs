//! Whole runtimes as lines: what the package exports is imported and exported again, what it refuses is refused.

use tempfile::tempdir;
use wasmtime::component::ResourceAny;
use worker_runtime_wasmtime::bindings::worker_runtime::runtime::types::{DetailValue, Error};
use worker_runtime_wasmtime::{Directory, Guest};

use crate::changes::{changes, exported};
use crate::guest::{create, guest, opened, say};

/// Drops a resource of the component's.
fn dropped(guest: &mut Guest, resource: ResourceAny) {
    guest.call_interface(|_, store| resource.resource_drop(store)).expect("no trap");
}

fn push_all(guest: &mut Guest, sink: ResourceAny, lines: &[impl AsRef<str>]) -> Result<String, Error> {
    for line in lines {
        let pushed =
            guest.call_interface(|exports, store| exports.line_sink().call_push(store, sink, line.as_ref()));
        pushed.expect("no trap")?;
    }
    guest.call_interface(|exports, store| exports.line_sink().call_finish(store, sink)).expect("no trap")
}

fn new_sink(guest: &mut Guest) -> ResourceAny {
    guest.call_interface(|exports, store| exports.line_sink().call_constructor(store)).expect("no trap")
}

fn imported(guest: &mut Guest, lines: &[impl AsRef<str>]) -> Result<String, Error> {
    let sink = new_sink(guest);
    let finished = push_all(guest, sink, lines);
    dropped(guest, sink);
    finished
}

fn next(guest: &mut Guest, source: ResourceAny) -> Result<Option<String>, Error> {
    guest.call_interface(|exports, store| exports.line_source().call_next(store, source)).expect("no trap")
}

fn source_of(guest: &mut Guest, runtime: ResourceAny) -> ResourceAny {
    let source = guest.call(|exports, store| exports.call_export_lines(store, runtime));
    source.expect("no trap").expect("an export")
}

fn lines_of(guest: &mut Guest, runtime: ResourceAny) -> Vec<String> {
    let source = source_of(guest, runtime);
    let lines = std::iter::from_fn(|| next(guest, source).expect("a line")).collect();
    dropped(guest, source);
    lines
}

fn inspected(guest: &mut Guest, id: &str) -> Result<ResourceAny, Error> {
    guest.call(|exports, store| exports.call_inspect(store, id)).expect("no trap")
}

fn detail<'a>(error: &'a Error, name: &str) -> Option<&'a DetailValue> {
    error.details.iter().find(|detail| detail.name == name).map(|detail| &detail.value)
}

#[test]
fn what_the_package_exports_is_taken_and_exported_again_byte_for_byte() {
    let folder = tempdir().expect("a folder");
    let mut first = guest(Directory::new(folder.path()));
    let id = imported(&mut first, &exported()).expect("an import");
    let view = inspected(&mut first, &id).expect("a view");
    assert_eq!(lines_of(&mut first, view), exported());
    // Another instance finds it on the files.
    let mut second = guest(Directory::new(folder.path()));
    let view = inspected(&mut second, &id).expect("a view");
    assert_eq!(lines_of(&mut second, view), exported());
    let again = imported(&mut second, &exported()).expect_err("a refusal");
    assert_eq!(again.code, "invalid_request");
    assert_eq!(detail(&again, "path"), Some(&DetailValue::Text("runtimeId".to_owned())));
}

#[test]
fn what_is_changed_is_refused_or_taken_as_the_package_does() {
    let folder = tempdir().expect("a folder");
    for (place, change) in changes().into_iter().enumerate() {
        let name = &change.name;
        let mut guest = guest(Directory::new(folder.path().join(place.to_string())));
        match (imported(&mut guest, &change.lines), &change.refused) {
            (Ok(id), None) => {
                let view = inspected(&mut guest, &id).expect("a view");
                assert_eq!(lines_of(&mut guest, view), exported(), "{name}");
            }
            (Err(error), Some((line, path))) => {
                assert_eq!(error.code, "invalid_request", "{name}: {error:?}");
                assert_eq!(detail(&error, "line"), Some(&DetailValue::Number(*line)), "{name}: {error:?}");
                let path = path.clone().map(DetailValue::Text);
                assert_eq!(detail(&error, "path"), path.as_ref(), "{name}: {error:?}");
                let absent = inspected(&mut guest, "Rösterei/🦀").expect_err("nothing");
                assert_eq!(absent.code, "storage_missing", "{name}");
            }
            (answer, refused) => panic!("{name}: {answer:?}, expected refusal {refused:?}"),
        }
    }
}

#[test]
fn an_export_is_the_state_at_its_beginning_and_ends_with_the_runtime() {
    let folder = tempdir().expect("a folder");
    let mut guest = guest(Directory::new(folder.path()));
    let runtime = opened(&mut guest);
    let worker = create(&mut guest, runtime).expect("a Worker");
    say(&mut guest, runtime, &worker, "before").expect("an event");
    let before = lines_of(&mut guest, runtime);
    let source = source_of(&mut guest, runtime);
    say(&mut guest, runtime, &worker, "after").expect("an event");
    let lines: Vec<_> = std::iter::from_fn(|| next(&mut guest, source).expect("a line")).collect();
    assert_eq!(lines, before);
    assert_eq!(next(&mut guest, source), Ok(None));

    let cut = source_of(&mut guest, runtime);
    next(&mut guest, cut).expect("a header");
    guest.call(|exports, store| exports.call_close(store, runtime)).expect("no trap");
    assert_eq!(next(&mut guest, cut).expect_err("a refusal").code, "runtime_closed");
    let closed = guest.call(|exports, store| exports.call_export_lines(store, runtime)).expect("no trap");
    assert_eq!(closed.expect_err("a refusal").code, "runtime_closed");
}

#[test]
fn an_import_that_is_dropped_or_whose_process_is_gone_counts_as_absent() {
    let folder = tempdir().expect("a folder");
    let lines = exported();
    let mut first = guest(Directory::new(folder.path()));
    for is_dropped in [true, false] {
        let sink = new_sink(&mut first);
        for line in &lines {
            let pushed =
                first.call_interface(|exports, store| exports.line_sink().call_push(store, sink, line));
            pushed.expect("no trap").expect("a line");
        }
        if is_dropped {
            dropped(&mut first, sink);
        }
        let absent = inspected(&mut first, "Rösterei/🦀").expect_err("nothing");
        assert_eq!(absent.code, "storage_missing");
    }
    // The second sink is still there, as after a crash.
    drop(first);
    let mut second = guest(Directory::new(folder.path()));
    let id = imported(&mut second, &lines).expect("an import");
    let view = inspected(&mut second, &id).expect("a view");
    assert_eq!(lines_of(&mut second, view), lines);
}
