//! What is exported.

use crate::blocking::contract::{Host, Store};
use crate::blocking::failure::{Failure, Result, failed};
use crate::blocking::mutations::StoredRuntime;
use crate::blocking::reading::View;
use crate::error;
use crate::runtime::Runtime;

/// What can be exported: a [`StoredRuntime`], a [`View`] of one, a [`Runtime`] in memory. Nothing else can be.
pub trait ExportSource: Reading {}

/// How a runtime's pages are read.
pub trait Reading {
    /// The runtime, while it may be read.
    #[doc(hidden)]
    fn readable(&self) -> Result<&Runtime>;

    /// Repeats a question until what it needs is there.
    #[doc(hidden)]
    fn ask<T>(&mut self, ask: impl FnMut(&mut Runtime) -> error::Result<Option<T>>) -> Result<T, Failure>;
}

impl<S: Store, H: Host> Reading for View<S, H> {
    fn readable(&self) -> Result<&Runtime> {
        self.runtime()
    }

    fn ask<T>(&mut self, ask: impl FnMut(&mut Runtime) -> error::Result<Option<T>>) -> Result<T, Failure> {
        self.load(ask)
    }
}

impl<S: Store, H: Host> ExportSource for View<S, H> {}

impl<S: Store, H: Host> Reading for StoredRuntime<S, H> {
    fn readable(&self) -> Result<&Runtime> {
        self.view.runtime()
    }

    fn ask<T>(&mut self, ask: impl FnMut(&mut Runtime) -> error::Result<Option<T>>) -> Result<T, Failure> {
        self.view.load(ask)
    }
}

impl<S: Store, H: Host> ExportSource for StoredRuntime<S, H> {}

impl Reading for Runtime {
    fn readable(&self) -> Result<&Runtime> {
        Ok(self)
    }

    fn ask<T>(
        &mut self,
        mut ask: impl FnMut(&mut Runtime) -> error::Result<Option<T>>,
    ) -> Result<T, Failure> {
        let answer = ask(self)?;
        answer.ok_or_else(|| failed("a runtime with a store is read through the store").into())
    }
}

impl ExportSource for Runtime {}
