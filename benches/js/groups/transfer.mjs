/* Export and import: what an entry costs, by how many there are, and whether the page has its turn meanwhile. */
import { runProgram } from "../hosts/node.mjs";

const TASK = { workers: 1_000, eachOfWorkers: [10, 50, 100, 200] };

async function transferred({ report }) {
  const { node, answer } = await runProgram("transfer", TASK, { report });
  const each = (ms, entries) => ((ms * 1e3) / entries).toFixed(1);
  return {
    versions: `Node.js ${node}`,
    figures: [],
    detail: answer,
    tables: [
      {
        rows: [
          [
            "entries of 1,000 Workers",
            "export, µs an entry",
            "read, to the content",
            "longest without a turn, ms",
            "import, µs an entry",
            "longest without a turn, ms",
          ],
          ...answer.map(({ entries, contentBytes, exported, imported, read }) => [
            entries.toLocaleString("en"),
            each(exported.ms, entries),
            (read.bytes / contentBytes).toFixed(2),
            exported.longest.toFixed(1),
            each(imported.ms, entries),
            imported.longest.toFixed(1),
          ]),
        ],
      },
    ],
  };
}

export const transfer = [
  {
    name: "transfer",
    title: "Export of a store that was opened again, and import, on a storage in memory",
    quick: false,
    run: transferred,
  },
];
