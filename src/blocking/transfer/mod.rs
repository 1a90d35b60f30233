//! A whole runtime as JSON Lines, and back: the format of `docs/export-format.md`, line by line as the package writes and
//! reads it. Neither side ever holds the history.
//!
//! ```no_run
//! # fn example(
//! #     mut runtime: worker_runtime::blocking::StoredRuntime<
//! #         impl worker_runtime::blocking::Store, impl worker_runtime::blocking::Host>,
//! #     mut other: impl worker_runtime::blocking::Storage,
//! #     mut file: impl std::io::Write,
//! #     read: impl std::io::BufRead,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use worker_runtime::blocking::{Import, export_lines};
//! use worker_runtime::host::SystemHost;
//!
//! for line in export_lines(&mut runtime)? {
//!     writeln!(file, "{}", line?)?;
//! }
//!
//! let mut import = Import::new(&mut other, SystemHost::default());
//! for line in read.lines() {
//!     import.push(&line?)?;
//! }
//! let runtime_id = import.finish()?;
//! # let _ = runtime_id;
//! # Ok(())
//! # }
//! ```

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
