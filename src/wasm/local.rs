//! State of the module as a whole.

use core::cell::RefCell;

#[cfg(target_feature = "atomics")]
compile_error!("the binding's state belongs to one thread: build it without the target feature `atomics`");

/// A value that lives as long as the module.
pub(crate) struct Local<T>(RefCell<T>);

// SAFETY: without atomics a module has one thread.
unsafe impl<T> Sync for Local<T> {}

impl<T> Local<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    /// Borrows the value for as long as `run` takes, which must not borrow it again.
    pub(crate) fn with<R>(&self, run: impl FnOnce(&mut T) -> R) -> R {
        run(&mut self.0.borrow_mut())
    }
}
