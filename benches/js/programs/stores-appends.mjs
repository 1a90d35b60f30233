/* How many appends a second a store acknowledges, one after another and many at once. */
import { texts } from "../workload/texts.mjs";

const TOGETHER = 1_000;

/** One row a round, milliseconds an append. */
export async function measureStore(store, { rounds, alone }) {
  const contents = texts(TOGETHER, { seed: 3 });
  const rows = [];
  for (let round = 0; round <= rounds; round++) {
    let before = performance.now();
    for (let at = 0; at < alone; at++) await store.append(contents[at]);
    const one = (performance.now() - before) / alone;
    before = performance.now();
    await Promise.all(contents.map((content) => store.append(content)));
    const together = (performance.now() - before) / TOGETHER;
    if (round > 0) rows.push({ one, together });
  }
  await store.close();
  return rows;
}
