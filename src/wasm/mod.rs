//! The WebAssembly binding: plain functions over numeric handles. It converts and passes on; it decides nothing.
//!
//! Functions take and give numbers; everything else crosses in the [`exchange`] area, as a table of words and one text on the way
//! in, and as numbers and one text on the way out. A call that is refused answers with a negative number, and the refusal is in
//! the area. No function calls into the host.

mod exchange;
mod foreseen;
mod handles;
mod local;
mod mutations;
mod reads;
mod sizes;
mod stack;
mod storage;
mod transfer;

pub use exchange::{exchange, reserve};
pub use foreseen::execute_foreseen;
pub use handles::{__test_trap, close_handle, create};
pub use mutations::{
    abort, begin, begin_aside, changed, end_aside, execute, execute_create, execute_end,
    execute_stop_runtime, merge, take_error,
};
pub use reads::{
    check_cursor, diagnostics, events_page, last_event_id, requests, resolve, standings, summary,
    transcript_page, vocabulary,
};
pub use sizes::__test_sizes;
pub use stack::probe_stack;
pub use storage::{
    finish, is_unfinished, look_at, needs, open_root, provide, regroup, regrouping, restore, root_range,
    takeover,
};
pub use transfer::{finish_import, import_event, operations};
