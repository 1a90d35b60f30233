//! What the core alone costs, without a boundary and without a host's I/O: `cargo bench --bench core`.

#[path = "../../tests/host/mod.rs"]
mod host;
#[cfg(not(target_arch = "wasm32"))]
mod memory;
#[cfg(not(target_arch = "wasm32"))]
mod stored;
#[cfg(not(target_arch = "wasm32"))]
mod workload;

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    {
        let mut criterion = criterion::Criterion::default().configure_from_args();
        memory::measure(&mut criterion);
        stored::measure(&mut criterion);
        criterion.final_summary();
    }
}
