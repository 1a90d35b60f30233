//! What a simulation went through, so that it is visible that nothing is left out.

use std::fmt;

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The counts.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Counts {
            $($(#[$doc])* pub(crate) $name: u64,)*
        }

        impl Counts {
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }

            /// All counts with their names.
            pub(crate) fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

counts! {
    operations,
    /// Opened runtimes, created or restored.
    creations, takeovers, openings_lost_to_a_rival, openings_given_up, losses_accepted,
    /// Openings of which the bytes that they read of what was committed last were counted.
    openings_measured,
    /// Commits, as they were applied.
    commits_cut_short, commits, user_commits, flushes, merge_steps, settled_segments, root_updates,
    /// Mutations, as their callers saw them.
    acknowledged, refused, not_applied, unknown, repeated_operations, operation_conflicts, withdrawn, recalled,
    /// What became of offerings.
    rejected, unknown_before, unknown_after, never_answered, timed_out, answered_late, answered_twice,
    applied_late, offered_again, rejected_after_unknown, offered_alone, refused_regroupings, urgent_steps, overdue,
    /// What happened to runtimes and stores.
    fences, polls, closes, runtime_crashes, host_crashes, store_crashes, commits_taken_back, freezes, deletions,
    /// What was read.
    pages, stored_pages, believed_reads, reads_repeated, waited_for_regrouping, failed_reads, inspections, audited_events,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, count)) in self.all().into_iter().enumerate() {
            let end = if index % 4 == 3 { "\n" } else { "" };
            write!(f, "{:>26} {count:>10}{end}", name.replace('_', " "))?;
        }
        Ok(())
    }
}
