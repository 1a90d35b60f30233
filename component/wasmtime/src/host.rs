//! What the component imports, and the way to what it exports.

use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime::component::{Component, HasSelf, Linker, Resource, ResourceTable};
use wasmtime::{Engine, Result, Store};

use bindings::worker_runtime::runtime::storage::{self, Commit, Durability, Entry, Failure};
use bindings::worker_runtime::runtime::{host, types};

/// The world's types.
pub mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "worker-runtime",
        imports: { default: trappable },
        with: { "worker-runtime:runtime/storage.store": super::BoxedStore },
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
}

/// A storage of this program's: keys and bytes.
pub trait Storage: Send + 'static {
    /// The store of one runtime.
    ///
    /// # Errors
    /// As the world says.
    fn open(&mut self, runtime_id: &str, takeover: bool, read_only: bool) -> Result<BoxedStore, Failure>;

    /// Removes every record of a runtime and its head.
    ///
    /// # Errors
    /// As the world says.
    fn delete(&mut self, runtime_id: &str) -> Result<(), Failure>;
}

/// One runtime's records, as the world describes them.
pub trait RecordStore: Send + 'static {
    /// What a confirmed commit survives.
    fn durability(&self) -> Durability;
    /// The present head.
    ///
    /// # Errors
    /// As the world says.
    fn head(&mut self) -> Result<Option<String>, Failure>;
    /// The records of a range.
    ///
    /// # Errors
    /// As the world says.
    fn read(&mut self, gte: &str, lt: &str, limit: Option<u64>) -> Result<Vec<Entry>, Failure>;
    /// Applies a commit, or not.
    ///
    /// # Errors
    /// As the world says.
    fn commit(&mut self, commit: &Commit) -> Result<Option<String>, Failure>;
}

/// Any store.
pub type BoxedStore = Box<dyn RecordStore>;

/// How long one call may be made to wait for a storage.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the component's calls run in.
pub struct State {
    table: ResourceTable,
    storage: Box<dyn Storage>,
}

impl storage::Host for State {
    fn open(
        &mut self,
        runtime_id: String,
        takeover: bool,
        read_only: bool,
    ) -> Result<Result<Resource<BoxedStore>, Failure>> {
        match self.storage.open(&runtime_id, takeover, read_only) {
            Ok(store) => Ok(Ok(self.table.push(store)?)),
            Err(failure) => Ok(Err(failure)),
        }
    }

    fn delete(&mut self, runtime_id: String) -> Result<Result<(), Failure>> {
        Ok(self.storage.delete(&runtime_id))
    }
}

impl storage::HostStore for State {
    fn durability(&mut self, store: Resource<BoxedStore>) -> Result<Durability> {
        Ok(self.table.get(&store)?.durability())
    }

    fn head(&mut self, store: Resource<BoxedStore>) -> Result<Result<Option<String>, Failure>> {
        Ok(self.table.get_mut(&store)?.head())
    }

    fn read(
        &mut self,
        store: Resource<BoxedStore>,
        gte: String,
        lt: String,
        limit: Option<u64>,
    ) -> Result<Result<Vec<Entry>, Failure>> {
        Ok(self.table.get_mut(&store)?.read(&gte, &lt, limit))
    }

    fn commit(
        &mut self,
        store: Resource<BoxedStore>,
        commit: Commit,
    ) -> Result<Result<Option<String>, Failure>> {
        Ok(self.table.get_mut(&store)?.commit(&commit))
    }

    fn drop(&mut self, store: Resource<BoxedStore>) -> Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl host::Host for State {
    fn now(&mut self) -> Result<u64> {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }

    fn random_bits(&mut self) -> Result<(u64, u64)> {
        let fill = || getrandom::u64().map_err(|error| wasmtime::format_err!("no random source: {error}"));
        Ok((fill()?, fill()?))
    }

    fn pause(&mut self, waited: u64, milliseconds: u64) -> Result<bool> {
        let wait = Duration::from_millis(milliseconds);
        let goes_on = Duration::from_millis(waited).saturating_add(wait) <= PATIENCE;
        if goes_on {
            sleep(wait);
        }
        Ok(goes_on)
    }
}

impl types::Host for State {}

/// Where a call of the component takes place.
pub type Context<'a> = wasmtime::StoreContextMut<'a, State>;

/// An instance of the component.
pub struct Guest {
    store: Store<State>,
    world: bindings::WorkerRuntime,
}

impl Guest {
    /// Instantiates the component in `bytes`.
    ///
    /// # Errors
    /// Where they are no component of this world.
    pub fn new(bytes: &[u8], storage: impl Storage) -> Result<Self> {
        let engine = Engine::default();
        Self::instantiate(&Component::new(&engine, bytes)?, storage)
    }

    /// Instantiates a component that was compiled before.
    ///
    /// # Errors
    /// Where it is none of this world.
    pub fn instantiate(component: &Component, storage: impl Storage) -> Result<Self> {
        let mut linker = Linker::new(component.engine());
        bindings::WorkerRuntime::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)?;
        let state = State { table: ResourceTable::new(), storage: Box::new(storage) };
        let mut store = Store::new(component.engine(), state);
        let world = bindings::WorkerRuntime::instantiate(&mut store, component, &linker)?;
        Ok(Self { store, world })
    }

    /// Calls what the component exports: `enter` is given its interface, of which `runtime`, `line_source` and `line_sink`
    /// are the resources.
    ///
    /// # Errors
    /// Where the component traps; the guest is then of no use.
    pub fn call_interface<T>(
        &mut self,
        enter: impl FnOnce(&bindings::exports::worker_runtime::runtime::runtimes::Guest, Context<'_>) -> Result<T>,
    ) -> Result<T> {
        use wasmtime::AsContextMut;
        enter(self.world.worker_runtime_runtime_runtimes(), self.store.as_context_mut())
    }

    /// Calls a method of runtimes.
    ///
    /// # Errors
    /// Where the component traps; the guest is then of no use.
    pub fn call<T>(
        &mut self,
        enter: impl FnOnce(
            bindings::exports::worker_runtime::runtime::runtimes::GuestRuntime<'_>,
            Context<'_>,
        ) -> Result<T>,
    ) -> Result<T> {
        self.call_interface(|exports, store| enter(exports.runtime(), store))
    }
}
