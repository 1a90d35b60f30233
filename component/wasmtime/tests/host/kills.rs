//! A process is killed in the middle of its commits, again and again; nothing that it was told is durable is gone.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::tempdir;
use worker_runtime_wasmtime::Directory;

use crate::guest::{COMPILED, component, contents, create, guest, opened, say};

/// Set for the process that is killed.
const FOLDER: &str = "WORKER_RUNTIME_KILLED_IN";
const ROUNDS: u32 = 40;

/// Not a test of its own: what the killed process does.
#[test]
fn appends_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut guest = guest(Directory::new(folder));
    let runtime = opened(&mut guest);
    let listed = guest.call(|exports, store| exports.call_list_workers(store, runtime));
    let known = listed.expect("no trap").expect("a list").into_iter().next().map(|summary| summary.worker);
    let worker = known.unwrap_or_else(|| create(&mut guest, runtime).expect("a Worker"));
    let first = contents(&mut guest, runtime, &worker).len();
    let mut out = std::io::stdout();
    for number in first.. {
        say(&mut guest, runtime, &worker, &number.to_string()).expect("an event");
        writeln!(out, "acknowledged {number}").and_then(|()| out.flush()).expect("a reader");
    }
}

#[test]
fn nothing_acknowledged_is_lost_to_kills() {
    let folder = tempdir().expect("a folder");
    let beside = tempdir().expect("a folder");
    let compiled = beside.path().join("component");
    std::fs::write(&compiled, component().serialize().expect("machine code")).expect("a file");
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    let mut seed = u64::from(elapsed.subsec_nanos()) | 1;
    println!("seed {seed}");
    let mut acknowledged = None;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "kills::appends_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(COMPILED, &compiled)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let after = 1 + (seed >> 33) % 40;
        let mut seen = 0;
        for line in lines {
            let line = line.expect("a line");
            let Some((_, number)) = line.split_once("acknowledged ") else { continue };
            acknowledged = Some(number.parse::<usize>().expect("a number"));
            seen += 1;
            if seen == after {
                std::thread::sleep(Duration::from_micros((seed >> 40) % 3_000));
                child.kill().expect("a kill");
            }
        }
        child.wait().expect("its end");
        assert!(seen >= after, "round {round}: it was killed, nothing else ended it");
    }
    let mut guest = guest(Directory::new(folder.path()));
    let runtime = opened(&mut guest);
    let listed = guest.call(|exports, store| exports.call_list_workers(store, runtime));
    let worker = listed.expect("no trap").expect("a list")[0].worker.clone();
    let found = contents(&mut guest, runtime, &worker);
    let numbers: Vec<usize> = found.iter().map(|content| content.parse().expect("a number")).collect();
    assert_eq!(numbers, (0..found.len()).collect::<Vec<_>>(), "in order, none twice");
    assert!(acknowledged.is_some_and(|last| last < found.len()), "{acknowledged:?} of {}", found.len());
}
