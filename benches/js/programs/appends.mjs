/* Durable appends, one after another and many at once, beside the plainest writer that the host offers. */
import { texts } from "../workload/texts.mjs";

const TOGETHER = 1_000;
/** So many appends go into one commit at the most. */
const GROUPED = 256;
const WORKERS = 100;

/** What a burst leaves to be done in the background is not the next one's. */
const PAUSE_MS = 200;
/** So many bursts follow on each other where a load lasts. */
const LASTING = 5;

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/**
 * `raw.append(text)` fulfils once the text is durable, and `grouped.commit(texts)` once all of them are, by the least that protects a
 * store from a second writer: what is left for the runtime to be slower than. One row a round, milliseconds an append: `one` is for `alone` appends one
 * after another, `together` for `batches` bursts of a thousand at once, `lasting` for bursts without a pause between them; the
 * raw writer's appends, which do not help each other, come `atOnce` and are not measured again for the last.
 */
export async function measureAppends({
  runtime,
  raw,
  grouped,
  rounds,
  alone,
  batches,
  atOnce = TOGETHER,
  report = () => {},
}) {
  const contents = texts(TOGETHER, { seed: 3 });
  const refs = [];
  for (let at = 0; at < WORKERS; at++) refs.push((await runtime.createWorker()).workerRef);
  const subjects = {
    raw: (at) => raw.append(contents[at]),
    ours: (at) => runtime.sendInput(refs[at % WORKERS], { kind: "user", content: contents[at] }),
    grouped: (at) => grouped.commit([contents[at]]),
  };
  const one = async (append) => {
    const before = performance.now();
    for (let at = 0; at < alone; at++) await append(at);
    return (performance.now() - before) / alone;
  };
  const burst = async (append, count) => {
    const before = performance.now();
    const pending = [];
    for (let at = 0; at < count; at++) pending.push(append(at));
    await Promise.all(pending);
    return (performance.now() - before) / count;
  };
  const inGroups = async () => {
    const before = performance.now();
    for (let at = 0; at < TOGETHER; at += GROUPED) await grouped.commit(contents.slice(at, at + GROUPED));
    return (performance.now() - before) / TOGETHER;
  };
  const bursts = {
    raw: () => burst(subjects.raw, atOnce),
    ours: () => burst(subjects.ours, TOGETHER),
    grouped: inGroups,
  };
  const together = async (measured) => {
    let sum = 0;
    for (let batch = 0; batch < batches; batch++) {
      await pause();
      sum += await measured();
    }
    return sum / batches;
  };
  const lasting = async (append) => {
    await pause();
    let sum = 0;
    for (let batch = 0; batch < LASTING; batch++) sum += await burst(append, TOGETHER);
    return sum / LASTING;
  };
  const rows = [];
  for (let round = 0; round <= rounds; round++) {
    report(`round ${round} of ${rounds}`);
    const names = round % 2 === 0 ? ["raw", "grouped", "ours"] : ["ours", "grouped", "raw"];
    const row = { one: {}, together: {} };
    for (const name of names) row.one[name] = await one(subjects[name]);
    for (const name of names) row.together[name] = await together(bursts[name]);
    row.lasting = { ...row.together, ours: await lasting(subjects.ours) };
    // The first round warms up.
    if (round > 0) rows.push(row);
  }
  return rows;
}
