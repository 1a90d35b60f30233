//! A whole runtime as JSON Lines, and back: the format of `docs/export-format.md`, line by line as the package writes and
//! reads it. Neither side ever holds the history.

mod ahead;
mod body;
mod export;
mod fields;
mod filling;
mod format;
mod import;
mod request;
mod source;

pub use export::{Export, ExportLines, export_lines};
pub use import::Import;
pub use source::ExportSource;
