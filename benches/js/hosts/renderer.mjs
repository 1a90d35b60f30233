/* The process behind a page, and the memory that it takes. */
import { readFileSync } from "node:fs";

const BUSY_MS = 300;

/** The id of the process whose CPU time grows while the page is kept busy. */
async function processOf(tab) {
  const session = await tab.context().browser().newBrowserCDPSession();
  const times = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return new Map(
      processInfo.filter(({ type }) => type === "renderer").map(({ id, cpuTime }) => [id, cpuTime]),
    );
  };
  const before = await times();
  await tab.evaluate((ms) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  }, BUSY_MS);
  const after = await times();
  await session.detach();
  const grown = [...after].map(([id, time]) => [id, time - (before.get(id) ?? 0)]);
  return grown.sort((a, b) => b[1] - a[1])[0][0];
}

/**
 * Bytes of its own that the page's process keeps after collecting garbage, as the system counts them; `undefined` where the system does
 * not tell.
 */
export async function ownMemory(tab, session) {
  const id = await processOf(tab);
  for (let at = 0; at < 3; at++) await session.send("HeapProfiler.collectGarbage");
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/status`, "utf8"));
    return Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
