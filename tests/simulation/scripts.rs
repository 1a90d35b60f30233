//! Scripts for whoever else is to leave the same traces: see [`Script`].
//!
//! `SIMULATION_SCRIPTS` names the file that they are written to, one after the other: those of the seeds from
//! `SIMULATION_FIRST` to before `SIMULATION_LAST` in which runtimes regroup when the package does, or of `SIMULATION_SEED`
//! alone. With `SIMULATION_TRACE=1` the words of the traces are in them.

use serde_json::{Value, json};

use crate::script::Script;
use crate::seeds::{number, one, operations};
use crate::trace::Tracing;
use crate::world::World;

/// The script of a seed, where runtimes do as the package does in it, and the hash of the trace.
fn script(seed: u64, operations: usize, has_words: bool) -> Option<(String, u64)> {
    let mut world = World::new(seed, Tracing::Hashed);
    if !world.cx.faults.is_as_packaged() {
        return None;
    }
    world.cx.script = Some(Script::new(seed, &world.cx.faults, has_words));
    let hash = world.run(operations);
    let mut script = world.cx.script?;
    script.end(hash);
    Some((script.lines, hash))
}

#[test]
fn scripts() {
    let has_words = number("SIMULATION_TRACE", 0) > 0;
    let first = number("SIMULATION_FIRST", 0);
    let last = number("SIMULATION_LAST", first + 8);
    let seeds = one().map_or(first..last, |seed| seed..seed + 1);
    let scripts = || seeds.clone().filter_map(|seed| script(seed, operations(), has_words));
    if let Some(file) = std::env::var_os("SIMULATION_SCRIPTS") {
        let written: String = scripts().map(|(script, _)| script).collect();
        assert!(!written.is_empty(), "in none of these seeds runtimes do as the package does");
        std::fs::write(file, written).expect("a file to write to");
        return;
    }
    for (script, hash) in scripts() {
        let head: Value = serde_json::from_str(script.lines().next().expect("a line")).expect("JSON");
        let seed = head["seed"].as_u64().expect("a number");
        assert_eq!(
            World::new(seed, Tracing::Hashed).run(operations()),
            hash,
            "writing seed {seed} down changes it"
        );
        let end = json!({ "hash": format!("{hash:016x}") }).to_string();
        assert_eq!(script.lines().last(), Some(end.as_str()), "the script of seed {seed} has no end");
    }
}
