//! Runtimes on stores that block: the protocol against a store that fails in every way it may, and the scenarios that every
//! host of the runtime passes.

mod changes;
mod export_reads;
mod faults;
mod interpreter;
mod rivals;
mod scenarios;
mod store;
mod survival;
mod transfer;
