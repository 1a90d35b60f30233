//! Deterministic simulation: up to three runtimes on one store that loses, delays, repeats and forgets, with crashes at any
//! point, against a model that knows nothing of storage.
//!
//! `SIMULATION_SEEDS` and `SIMULATION_OPERATIONS` tell how many seeds are run and how long each of them is;
//! `SIMULATION_SEED` runs one alone, and `SIMULATION_TRACE=1` shows what happens in it.

#![cfg(not(target_arch = "wasm32"))]

mod actor;
mod audit;
mod context;
mod counts;
mod damage;
mod ending;
mod exhaustive;
mod faults;
mod following;
mod issue;
mod model;
mod network;
mod offering;
mod opening;
mod pipeline;
mod random;
mod reading;
mod relics;
mod script;
mod scripts;
mod seeds;
mod steps;
mod store;
mod telling;
mod trace;
mod upkeep;
mod workloads;
mod world;
