//! The exported resources for whole runtimes as lines.

use std::cell::RefCell;
use std::rc::Rc;

use worker_runtime::Error;
use worker_runtime::blocking::{Export, Failure, Import};

use crate::convert::{self, Result};
use crate::exports::worker_runtime::runtime::runtimes::{GuestLineSink, GuestLineSource};
use crate::host::{Imported, ImportedHost};
use crate::kept::Kept;

/// An export under way.
pub(crate) struct Source {
    kept: Rc<RefCell<Kept>>,
    export: RefCell<Export>,
}

impl Source {
    /// An export of what is kept.
    pub(crate) fn of(kept: &Rc<RefCell<Kept>>) -> Result<Self> {
        let export = match &mut *kept.borrow_mut() {
            Kept::Memory(runtime) => Export::new(&**runtime),
            Kept::Stored(stored) => Export::new(&**stored),
            Kept::Viewed(view) => Export::new(&**view),
            Kept::Closed => Err(Error::RuntimeClosed),
        };
        let export = RefCell::new(export.map_err(convert::error)?);
        Ok(Self { kept: Rc::clone(kept), export })
    }
}

impl GuestLineSource for Source {
    fn next(&self) -> Result<Option<String>> {
        let mut export = self.export.borrow_mut();
        let line = match &mut *self.kept.borrow_mut() {
            Kept::Memory(runtime) => export.next_line(&mut **runtime),
            Kept::Stored(stored) => export.next_line(&mut **stored),
            Kept::Viewed(view) => export.next_line(&mut **view),
            Kept::Closed => Err(Failure::from(Error::RuntimeClosed)),
        };
        line.map_err(convert::failure)
    }
}

/// An import under way.
pub(crate) struct Sink(RefCell<Import<Imported, ImportedHost>>);

impl GuestLineSink for Sink {
    fn new() -> Self {
        Self(RefCell::new(Import::new(Imported, ImportedHost)))
    }

    fn push(&self, line: String) -> Result<()> {
        self.0.borrow_mut().push(&line).map_err(convert::failure)
    }

    fn finish(&self) -> Result<String> {
        let finished = self.0.borrow_mut().finish();
        finished.map(|id| id.as_str().to_owned()).map_err(convert::failure)
    }
}
