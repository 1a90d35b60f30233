/* From the import to the first `create` resolved, beside Yjs, which is the smallest peer. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { packedFolder, targetFolder } from "../../../scripts/shared/paths.mjs";
import { withPage } from "../hosts/chromium.mjs";
import { node24, runProgram } from "../hosts/node.mjs";
import { bundle } from "../install/bundle.mjs";
import { installed } from "../install/cached.mjs";
import { median, quartiles } from "../report/statistics.mjs";

/** Starts a round. */
const TIMES = { full: 3, quick: 1 };
/** Where the bundles are that pages load. */
export const startupFolder = join(targetFolder, "bench", "startup");

function results(versions, id, rows, sizes) {
  const of = (subject, clock) => median(rows.map((row) => row[subject][clock]));
  const ratios = rows.map(({ ours, yjs }) => ours.ms / yjs.ms);
  const subjects = Object.keys(rows[0]);
  const clocks = Object.keys(rows[0].ours);
  return {
    versions,
    figures: [
      {
        id,
        host: versions,
        value: median(ratios),
        quartiles: quartiles(ratios),
        rounds: rows.length,
        clock: "wall",
      },
    ],
    detail: {
      rounds: rows.length,
      ms: Object.fromEntries(subjects.map((subject) => [subject, of(subject, "ms")])),
      sizes,
    },
    tables: [
      {
        rows: [
          ["", ...clocks.map((clock) => (clock === "ms" ? "ms" : "CPU ms")), ...(sizes ? ["brotli"] : [])],
          ...subjects.map((subject) => [
            subject,
            ...clocks.map((clock) => of(subject, clock).toFixed(1)),
            ...(sizes ? [`${(sizes[subject] / 1024).toFixed(1)} KiB`] : []),
          ]),
        ],
      },
    ],
  };
}

const inNode =
  (id, program) =>
  async ({ effort, rounds, report }) => {
    const times = rounds * TIMES[effort];
    const yjs = await installed("yjs");
    const node = await program();
    const rows = [];
    let version;
    for (let round = 0; round <= times; round++) {
      report(`round ${round} of ${times}`);
      const row = {};
      for (const subject of round % 2 === 0 ? ["ours", "yjs"] : ["yjs", "ours"]) {
        const ran = await runProgram("startup", { subject, folder: yjs }, { node });
        version = ran.node;
        row[subject] = ran.answer;
      }
      // The first round brings the files into memory.
      if (round > 0) rows.push(row);
    }
    return results(`Node.js ${version}`, id, rows);
  };

const ENTRIES = {
  ours: [
    packedFolder,
    `import { Runtime } from "worker-runtime"; export const start = () => Runtime.create();`,
  ],
  slim: [
    packedFolder,
    `import { initWasm, Runtime } from "worker-runtime/slim";
     export const start = () => initWasm("/startup/worker_runtime.wasm").then(() => Runtime.create());`,
  ],
  yjs: [
    undefined,
    `import { Doc } from "yjs"; export const start = () => { const doc = new Doc(); doc.getArray("a"); return doc; };`,
  ],
};

/** Bundles each entry as a page would have it; answers the sizes in brotli, with what else it loads. */
export async function bundles() {
  mkdirSync(startupFolder, { recursive: true });
  const sizes = {};
  for (const [name, [place, contents]] of Object.entries(ENTRIES)) {
    const entry = { contents, resolveDir: place ?? (await installed("yjs")) };
    sizes[name] = await bundle({ entry, outfile: join(startupFolder, `${name}.js`) });
  }
  const wasm = readFileSync(
    join(packedFolder, "node_modules", "worker-runtime", "dist", "worker_runtime.wasm"),
  );
  writeFileSync(join(startupFolder, "worker_runtime.wasm"), wasm);
  sizes.slim += brotliCompressSync(wasm).length;
  return sizes;
}

async function inChromium({ effort, rounds, report }) {
  const times = rounds * TIMES[effort];
  const sizes = await bundles();
  return withPage(
    async ({ renew, version }) => {
      const rows = [];
      const names = Object.keys(ENTRIES);
      for (let round = 0; round <= times; round++) {
        report(`round ${round} of ${times}`);
        const row = {};
        // Not always behind the same one, whose page the browser may still be clearing away.
        const order = names.map((_, turn) => names[(round + turn) % names.length]);
        for (const name of round % 2 === 0 ? order : order.reverse()) {
          const { tab } = await renew();
          row[name] = await tab.evaluate(async (name) => {
            const before = performance.now();
            const { start } = await import(`/startup/${name}.js`);
            await start();
            return { ms: performance.now() - before };
          }, name);
          await tab.close();
        }
        if (round > 0) rows.push(row);
      }
      return results(version, "startup", rows, sizes);
    },
    { folders: { startup: startupFolder } },
  );
}

export const startup = [
  {
    name: "startup-node",
    title: "From import to first create",
    quick: true,
    run: inNode("startup", () => process.execPath),
  },
  {
    name: "startup-node-24",
    title: "From import to first create",
    quick: false,
    run: inNode("startup", node24),
  },
  {
    name: "startup-chromium",
    title: "From import to first create, bundled and minified",
    quick: true,
    run: inChromium,
  },
];
