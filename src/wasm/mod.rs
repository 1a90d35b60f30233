//! The WebAssembly binding: plain functions over numeric handles. It converts and passes on; it decides nothing.
//!
//! What runs per message crosses in the [`exchange`] area; what is rare crosses as values. No borrow of the module's
//! state is held across a call into the host: values are converted before it is borrowed and after it is released.

mod exchange;
mod foreseen;
mod handles;
mod local;
mod mutations;
mod reads;
mod storage;
mod transfer;
mod values;

pub use exchange::{exchange, reserve};
pub use foreseen::execute_foreseen;
pub use handles::{__test_trap, close_handle, create, generate_token, probe_stack, runtime_id};
pub use mutations::{
    abort, begin, begin_aside, changed, end_aside, execute, execute_create, execute_end,
    execute_stop_runtime, merge, take_error,
};
pub use reads::{
    check_cursor, diagnostics, events_page, events_table, last_event_id, list_workers, resolve, roles_table,
    status, statuses_table, summary, transcript_page, worker_detail, worker_id, worker_number,
};
pub use storage::{
    __test_sizes, create_stored, finish, is_unfinished, look_at, needs, open_root, provide, regroup,
    regrouping, restore, root_range, takeover,
};
pub use transfer::{finish_import, import_event, import_stored, operations};
