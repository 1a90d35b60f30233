/*
 * Interleaving: in every round each subject plays each scenario, in an order that turns from round to round. The
 * host plays one step at a time and keeps the clocks.
 */

/**
 * @param {object} task
 * @param {string[]} task.subjects
 * @param {number} task.rounds counted after one that warms up
 * @param {boolean} [task.isFirst] without one that warms up
 * @param {boolean} [task.isWarm] without a collection of garbage before each, and after three that warm up
 * @param {{ names(): Promise<string[]>, phases(subject: string, scenario: string): Promise<{name: string, timed: boolean, operations: number}[]>,
 *   settle(): Promise<void>, play(subject: string, scenario: string, at: number, isProfiled: boolean): Promise<{ sum: number, spent: object }> }} task.host
 * @param {string[]} [task.select] names of scenarios; all of them otherwise
 * @param {boolean} [task.profile] have the timed phases profiled
 * @param {(text: string) => void} [task.report]
 */
export async function playRounds({
  subjects,
  rounds,
  isFirst = false,
  isWarm = false,
  host,
  select,
  profile = false,
  report = () => {},
}) {
  const rows = [];
  const names = (await host.names()).filter((name) => !select || select.includes(name));
  const sums = new Map();
  for (let round = 1 - (isFirst ? 0 : isWarm ? 3 : 1); round <= rounds; round++) {
    for (const scenario of names) {
      for (let turn = 0; turn < subjects.length; turn++) {
        const subject = subjects[(round + turn + subjects.length) % subjects.length];
        report(`round ${round} of ${rounds}: ${scenario}: ${subject}`);
        if (!isWarm) await host.settle();
        const phases = await host.phases(subject, scenario);
        for (const [at, phase] of phases.entries()) {
          const { sum, spent } = await host.play(subject, scenario, at, profile && phase.timed && round > 0);
          agree(sums, `${scenario}: ${phase.name}`, subject, sum);
          if (phase.timed && round > 0) {
            rows.push({ round, scenario, phase: phase.name, operations: phase.operations, subject, spent });
          }
        }
      }
    }
  }
  return rows;
}

/** A subject that did other work than the first one measures something else. */
function agree(sums, what, subject, sum) {
  const known = sums.get(what);
  if (known === undefined) sums.set(what, { subject, sum });
  else if (known.sum !== sum) {
    throw new Error(`${what}: ${subject} came to ${sum}, ${known.subject} to ${known.sum}`);
  }
}
