/* The peers beside plain JavaScript: append messages, read them back in pages. */
import { runProgram } from "../hosts/node.mjs";
import { installed, NotInstalled, pinned } from "../install/cached.mjs";
import { median } from "../report/statistics.mjs";
import { ratio } from "../report/table.mjs";

/** How many messages each is given; those whose messages cost more the more there are get few. */
const MESSAGES = {
  ours: 20_000,
  yjs: 20_000,
  xstate: 2_000,
  loro: 10_000,
  "sqlite-wasm": 10_000,
  pglite: 2_000,
  automerge: 2_000,
  langgraph: 400,
};

const versionOf = (peer) => Object.values(pinned[peer].packages).at(-1);

async function measure({ rounds, report }) {
  const rows = [];
  const skipped = [];
  let node;
  for (const [peer, messages] of Object.entries(MESSAGES)) {
    try {
      const folder = peer === "ours" ? undefined : await installed(peer);
      const ran = await runProgram("peers", { peer, folder, messages, rounds }, { report });
      node = ran.node;
      rows.push({
        peer,
        version: peer === "ours" ? undefined : versionOf(peer),
        messages,
        microseconds: median(ran.answer.map((row) => row.peer)),
        ratio: median(ran.answer.map((row) => row.peer / row.plain)),
      });
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
      skipped.push([peer, error.message]);
    }
  }
  rows.sort((a, b) => a.ratio - b.ratio);
  return {
    versions: `Node.js ${node}`,
    figures: [],
    detail: { rows, skipped },
    tables: [
      {
        left: 2,
        rows: [
          ["", "version", "messages", "µs a message", "to plain JavaScript"],
          ...rows.map(({ peer, version = "", messages, microseconds, ratio: times }) => [
            peer === "ours" ? "worker-runtime" : peer,
            version,
            messages.toLocaleString("en"),
            microseconds.toFixed(2),
            ratio(times),
          ]),
          ...skipped.map(([peer, reason]) => [peer, "left out", "", "", reason]),
        ],
      },
    ],
  };
}

export const peers = [{ name: "peers", title: "Append a message, read pages", quick: false, run: measure }];
