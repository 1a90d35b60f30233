//! Short workloads for enumerations.

use worker_runtime::storage::Sizes;

/// One thing that a caller does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Creates a Worker.
    Create,
    /// So many inputs at once to a Worker, each with so many bytes.
    Say(u32, usize, usize),
    End(u32),
    Read,
    /// Lets an idle runtime regroup.
    Rest,
    Reopen,
    StopRuntime,
}

use Act::{Create, End, Read, Reopen, Rest, Say, StopRuntime};

/// What a caller does, one act after the other.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) sizes: Sizes,
    pub(crate) acts: &'static [Act],
}

/// Sizes at which every second commit is regrouped.
fn small() -> Sizes {
    Sizes {
        part_bytes: 128,
        inline_bytes: 60,
        flush_bytes: 120,
        flush_chunks: 2,
        urgent_bytes: 300,
        tail_bytes: 600,
        batch_bytes: 60,
        receipt_batches: 2,
        fan_out: 2,
        idle_runs: 1,
        settled_bytes: 60,
        step_bytes: 400,
    }
}

/// Short workloads that together go everywhere.
pub(crate) fn workloads() -> [Workload; 6] {
    [
        Workload {
            name: "a short life",
            sizes: Sizes::tiny(),
            acts: &[Create, Say(1, 1, 10), Say(1, 2, 20), End(1), Reopen, Create, Say(2, 1, 10), StopRuntime],
        },
        Workload {
            name: "flushes and merges",
            sizes: small(),
            acts: &[
                Create,
                Say(1, 2, 30),
                Rest,
                Create,
                Say(2, 2, 30),
                Rest,
                Say(1, 2, 30),
                Rest,
                Say(2, 2, 30),
                Rest,
                Reopen,
                Say(1, 1, 10),
                Rest,
                Read,
            ],
        },
        Workload {
            name: "long texts",
            sizes: small(),
            acts: &[
                Create,
                Say(1, 1, 300),
                Rest,
                Say(1, 2, 90),
                Rest,
                Rest,
                Read,
                Reopen,
                Read,
                Say(1, 1, 200),
            ],
        },
        Workload {
            name: "a merge in several steps",
            sizes: Sizes { step_bytes: 190, ..small() },
            acts: &[
                Create,
                Create,
                Say(1, 3, 40),
                Say(2, 3, 40),
                Rest,
                Say(2, 2, 40),
                Say(1, 2, 40),
                Rest,
                Rest,
                Rest,
                Reopen,
                Rest,
                Read,
            ],
        },
        Workload {
            name: "reads while records move",
            sizes: small(),
            acts: &[
                Create,
                Say(1, 3, 40),
                Rest,
                Say(1, 3, 40),
                Read,
                Rest,
                Read,
                Rest,
                Read,
                Say(1, 1, 5),
                Read,
            ],
        },
        Workload {
            name: "a long merge beside an older run",
            sizes: Sizes {
                part_bytes: 256,
                inline_bytes: 80,
                flush_bytes: 5000,
                flush_chunks: 1,
                urgent_bytes: 5000,
                tail_bytes: 8000,
                idle_runs: 10,
                settled_bytes: 250,
                step_bytes: 520,
                ..small()
            },
            acts: &[
                Create,
                Create,
                Create,
                Create,
                Say(1, 2, 60),
                Say(2, 2, 60),
                Say(3, 2, 60),
                Say(4, 2, 60),
                Rest,
                Say(4, 1, 5),
                Rest,
                Rest,
                Rest,
                Say(1, 7, 60),
                Rest,
                Say(1, 7, 60),
                Rest,
                Rest,
                Reopen,
                Read,
                Rest,
                Rest,
                Read,
            ],
        },
    ]
}
