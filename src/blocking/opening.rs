//! Creating a store, taking one over, and looking at one without writing.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::contract::{Access, Commit, Host, Storage, Store, StoreError};
use super::failure::{Certainty, Failure, Result, failed};
use super::holding::Holding;
use super::mutations::StoredRuntime;
use super::offering::{Decision, Offering};
use super::reading::View;
use crate::error::Error;
use crate::identity::RuntimeId;
use crate::runtime::{Runtime, RuntimeOptions};
use crate::storage::{Need, Op, RootRecord, StoreOptions, Token, root_range};

const LONGEST_PAUSE_MS: u64 = 20;
/// How often a loss that was accepted may be reported again.
const MOST_LOSSES: usize = 4;
/// How many records of an unfinished import are deleted at once.
const DELETED_AT_ONCE: usize = 64;

/// How a runtime is opened. It may get more fields: give the rest by `..Default::default()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// What it is created with where it does not exist; what is stored wins.
    pub runtime: RuntimeOptions,
    /// Whether it is created where it does not exist; otherwise [`Error::StorageMissing`].
    pub create: bool,
    /// Do not wait for a living holder: fence it.
    pub takeover: bool,
    /// Open what is there although the host has evidence of a loss, and remark it in the diagnostics.
    pub accept_loss: bool,
    /// How the store is used.
    pub store: StoreOptions,
}

impl Default for OpenOptions {
    fn default() -> Self {
        let (runtime, store) = (RuntimeOptions::default(), StoreOptions::default());
        Self { runtime, create: true, takeover: false, accept_loss: false, store }
    }
}

/// Creates or restores the runtime `runtime_id` in `storage`.
///
/// # Errors
/// [`Error::InvalidRequest`] for options that cannot work, also where what is stored would win, before the storage is asked;
/// [`Error::StorageMissing`] without [`OpenOptions::create`], [`Error::StorageLocked`], [`Error::StorageCorrupt`],
/// [`Error::StorageUnsupportedVersion`], [`Error::StorageLost`], [`Error::StorageFailed`], [`Error::StorageConflict`] where
/// somebody else took the store over while it was read. Nothing is overwritten in any of these cases.
pub fn open<St: Storage, H: Host>(
    storage: &mut St,
    host: H,
    runtime_id: RuntimeId,
    options: &OpenOptions,
) -> Result<StoredRuntime<St::Store, H>, Failure> {
    options.runtime.check()?;
    options.store.sizes.check()?;
    let mut opening = Opening::new(&host, runtime_id, options, Purpose::Use);
    let (store, (runtime, head)) = opening.run(storage)?;
    let losses = opening.losses;
    let holding = Holding::new(store, host, head);
    restored(View { runtime, holding, is_owner: true }, losses > 0)
}

/// Creates the store of a runtime that an export is read into, whose creation is durable. The store counts as absent until
/// the import is finished.
///
/// # Errors
/// [`Error::InvalidRequest`] where there is such a runtime; otherwise as [`open`].
#[cfg(feature = "transfer")]
pub(crate) fn create_for_import<St: Storage, H: Host>(
    storage: &mut St,
    host: H,
    runtime_id: RuntimeId,
    options: &OpenOptions,
) -> Result<View<St::Store, H>, Failure> {
    let (store, (runtime, head)) = Opening::new(&host, runtime_id, options, Purpose::Import).run(storage)?;
    Ok(View { runtime, holding: Holding::new(store, host, head), is_owner: true })
}

/// Whether a storage has a runtime of this id that counts. No holder is waited for.
#[cfg(feature = "transfer")]
pub(crate) fn is_present(storage: &mut impl Storage, runtime_id: &RuntimeId) -> Result<bool, Failure> {
    let mut store = storage.open(runtime_id, READ_ONLY)?;
    Ok(found_root(&mut store, runtime_id)?.is_some_and(|found| !found.is_unfinished))
}

/// An import never replaces a runtime.
pub(crate) fn exists() -> Box<Error> {
    Error::invalid("runtimeId", "is that of a runtime which the storage has already")
}

fn restored<S: Store, H: Host>(
    mut view: View<S, H>,
    loss_accepted: bool,
) -> Result<StoredRuntime<S, H>, Failure> {
    view.load(|runtime| runtime.restore(loss_accepted).map(|is_done| is_done.then_some(())))?;
    let mut runtime = StoredRuntime::new(view);
    // So that a loss is remarked also where nothing is ever changed again.
    while loss_accepted && runtime.step(false)? {}
    Ok(runtime)
}

/// Reads a store at the head found, without taking it over and without writing. Once its owner moves it, every call gets
/// [`Error::StorageConflict`].
///
/// # Errors
/// [`Error::StorageMissing`] where there is no such runtime; otherwise as [`open`].
pub fn inspect<St: Storage, H: Host>(
    storage: &mut St,
    host: H,
    runtime_id: &RuntimeId,
) -> Result<View<St::Store, H>, Failure> {
    let mut store = storage.open(runtime_id, READ_ONLY)?;
    let found = found_root(&mut store, runtime_id)?.filter(|found| !found.is_unfinished);
    let FoundRoot { root, head, .. } = found.ok_or_else(|| no_store(runtime_id))?;
    let mut runtime = Runtime::from_root(root, StoreOptions::default())?;
    runtime.look_at(Token::parse(&head)?);
    let mut view = View { runtime, holding: Holding::new(store, host, head), is_owner: false };
    view.load(|runtime| runtime.restore(false).map(|is_done| is_done.then_some(())))?;
    Ok(view)
}

fn no_store(runtime_id: &RuntimeId) -> Error {
    Error::StorageMissing { key: runtime_id.to_string() }
}

const READ_ONLY: Access = Access { takeover: false, read_only: true };

/// The root record of a store that is there.
struct FoundRoot {
    root: RootRecord,
    /// Whether it is that of an unfinished import.
    is_unfinished: bool,
    head: String,
}

fn found_root(store: &mut impl Store, runtime_id: &RuntimeId) -> Result<Option<FoundRoot>> {
    while let Some(head) = store.head()? {
        if let Some((root, is_unfinished)) = read_root(store, runtime_id, &head)? {
            return Ok(Some(FoundRoot { root, is_unfinished, head }));
        }
    }
    Ok(None)
}

/// The root record as it is at `head`, and whether it is that of an unfinished import; `None` where the store has moved meanwhile.
fn read_root(store: &mut impl Store, runtime: &RuntimeId, head: &str) -> Result<Option<(RootRecord, bool)>> {
    let (gte, lt) = root_range();
    let need = Need { gte: gte.to_string(), lt: lt.to_string(), limit: None };
    let read = store.read(&need).map_err(Error::from);
    let root = match read {
        Err(lost @ Error::StorageLost { .. }) => return Err(lost),
        read => read.and_then(|records| {
            let root = RootRecord::read(runtime, &records)?;
            let is_unfinished = root.is_unfinished(Token::parse(head)?)?;
            Ok((root, is_unfinished))
        }),
    };
    // A misfit counts only where nobody has moved the store since.
    match root {
        Err(error) if store.head()?.as_deref() == Some(head) => Err(error),
        root => Ok(root.ok()),
    }
}

/// What a store is opened for: an import refuses one that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Use,
    #[cfg(feature = "transfer")]
    Import,
}

struct Opening<'a, H> {
    host: &'a H,
    runtime_id: RuntimeId,
    options: &'a OpenOptions,
    purpose: Purpose,
    losses: usize,
    /// Whether a commit was offered that may have been applied.
    was_unknown: bool,
}

/// A runtime that has its store, and the head that says so.
type Taken = Option<(Runtime, String)>;

impl<'a, H: Host> Opening<'a, H> {
    fn new(host: &'a H, runtime_id: RuntimeId, options: &'a OpenOptions, purpose: Purpose) -> Self {
        Self { host, runtime_id, options, purpose, losses: 0, was_unknown: false }
    }

    /// The store, once it is this runtime's, which is to be restored.
    fn run<St: Storage>(&mut self, storage: &mut St) -> Result<(St::Store, (Runtime, String)), Failure> {
        let access = Access { takeover: self.options.takeover, read_only: false };
        let mut store = loop {
            match storage.open(&self.runtime_id, access) {
                Ok(store) => break store,
                Err(error) => self.accept_loss(error)?,
            }
        };
        let mut waited = 0;
        for round in 0.. {
            if let Some(taken) = self.attempt(&mut store)? {
                return Ok((store, taken));
            }
            // Somebody was faster, who is not to be hindered by this.
            let wait = LONGEST_PAUSE_MS.min(round);
            if !self.host.pause(waited, wait) {
                break;
            }
            waited += wait;
        }
        Err(Failure::new(failed("others were always faster"), self.outcome()))
    }

    fn outcome(&self) -> Certainty {
        if self.was_unknown { Certainty::Unknown } else { Certainty::NotApplied }
    }

    /// Fails with what is no loss, or was not to be accepted.
    fn accept_loss(&mut self, error: StoreError) -> Result<(), Failure> {
        let is_loss = matches!(error, StoreError::Lost { .. });
        if !is_loss || !self.options.accept_loss || self.losses == MOST_LOSSES {
            return Err(error.into());
        }
        self.losses += 1;
        Ok(())
    }

    /// `None` where somebody was faster, and all begins anew.
    fn attempt(&mut self, store: &mut impl Store) -> Result<Taken, Failure> {
        match store.head() {
            Ok(None) => self.create(store, None),
            Ok(Some(head)) => self.take_over(store, head),
            Err(error) => self.accept_loss(error).map(|()| None),
        }
    }

    /// Creates the store in place of nothing, or of what `from` is the head of.
    fn create(&mut self, store: &mut impl Store, from: Option<String>) -> Result<Taken, Failure> {
        if !self.options.create {
            return Err(no_store(&self.runtime_id).into());
        }
        let OpenOptions { runtime: options, store: store_options, .. } = self.options;
        let incarnation = self.host.random_bits()?;
        let id = self.runtime_id.clone();
        let mut runtime = match self.purpose {
            Purpose::Use => {
                Runtime::create_stored(id, options.clone(), *store_options, incarnation, self.host.now())
            }
            #[cfg(feature = "transfer")]
            Purpose::Import => Runtime::import_stored(id, options.clone(), *store_options, incarnation),
        }?;
        let token = self.token()?;
        let ops = runtime.finish(token);
        let Some(head) = self.offer(store, from, token, ops.into_vec())? else {
            return Ok(None);
        };
        runtime.merge_open();
        // A loss is remarked where a store is restored.
        Ok((self.losses == 0).then_some((runtime, head)))
    }

    fn take_over(&mut self, store: &mut impl Store, head: String) -> Result<Taken, Failure> {
        let Some((root, is_unfinished)) = read_root(store, &self.runtime_id, &head)? else {
            return Ok(None);
        };
        let mut runtime = Runtime::from_root(root, self.options.store)?;
        if is_unfinished {
            return self.replace(store, head, &mut runtime);
        }
        if self.purpose != Purpose::Use {
            return Err(exists().into());
        }
        let token = self.token()?;
        let ops = runtime.take_over(Token::parse(&head)?, token);
        let taken = self.offer(store, Some(head), token, ops.into_vec())?;
        Ok(taken.map(|head| {
            runtime.merge_open();
            (runtime, head)
        }))
    }

    /// The rest of an import that was never finished counts as absent, and makes room, by commits of its own: a deletion
    /// might hit what somebody else has created since. Each writes the root record as well, which counts as unfinished at
    /// its own head only.
    fn replace(
        &mut self,
        store: &mut impl Store,
        unfinished: String,
        runtime: &mut Runtime,
    ) -> Result<Taken, Failure> {
        if !self.options.create {
            return Err(no_store(&self.runtime_id).into());
        }
        let mut head = unfinished;
        loop {
            let limit = Some(DELETED_AT_ONCE as u64 + 1);
            let records = store.read(&Need { gte: String::new(), lt: "~".to_string(), limit })?;
            let keys = records.into_iter().map(|(key, _)| key).filter(|key| key != root_range().0);
            let deleted: Vec<Op> = keys.take(DELETED_AT_ONCE).map(|key| (key, None)).collect();
            if deleted.is_empty() {
                return self.create(store, Some(head));
            }
            let token = self.token()?;
            let mut ops = runtime.take_over(Token::parse(&head)?, token).into_vec();
            ops.extend(deleted);
            match self.offer(store, Some(head), token, ops)? {
                Some(next) => head = next,
                None => return Ok(None),
            }
            runtime.merge_open();
        }
    }

    /// The head that it made; `None` where somebody was faster.
    fn offer(
        &mut self,
        store: &mut impl Store,
        from: Option<String>,
        token: Token,
        ops: Vec<Op>,
    ) -> Result<Option<String>, Failure> {
        let to = token.to_string();
        let mut offering = Offering::new(Commit { from, to: to.clone(), ops });
        match offering.decide(store, self.host) {
            Decision::Applied => Ok(Some(to)),
            Decision::Moved { certain, .. } => {
                self.was_unknown |= !certain;
                Ok(None)
            }
            Decision::Rejected { reason } => {
                Err(Failure::new(Error::StorageFailed { reason }, Certainty::NotApplied))
            }
            Decision::Lost { reason } => {
                self.accept_loss(StoreError::Lost { reason })?;
                Ok(None)
            }
            Decision::GivenUp => {
                let error = failed("the storage has not told what became of the opening's commit");
                Err(Failure::new(error, Certainty::Unknown))
            }
        }
    }

    fn token(&self) -> Result<Token> {
        Ok(Token::from_random_bits(self.host.random_bits()?))
    }
}
