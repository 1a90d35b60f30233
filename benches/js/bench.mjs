/*
 * Measures the packed package beside plain JavaScript: npm run bench -- quick. A single group by its name; `--rounds N`
 * for more or fewer than 7.
 */
import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { pack } from "../../scripts/pack.mjs";
import { main, step } from "../../scripts/shared/progress.mjs";
import { playInChromium } from "./hosts/chromium.mjs";
import { playInNode } from "./hosts/node.mjs";
import { figures } from "./report/statistics.mjs";
import { ratioTable } from "./report/table.mjs";

const SUBJECTS = ["plain", "validated", "ours"];
const QUICK = ["W, 1,000 in flight", "W, each awaited", "many Workers", "long transcripts"];

const words = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = words.indexOf(`--${name}`);
  return at < 0 ? otherwise : words.splice(at, 2)[1];
};
const rounds = Number(option("rounds", 7));

await main(async () => {
  await step("package", pack);
  const load = loadavg()[0].toFixed(1);
  console.log(
    `${cpus()[0].model}, ${cpus().length} CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}, load ${load}`,
  );
  const task = { subjects: SUBJECTS, rounds, size: "full" };
  const hosts = [];
  if (words.includes("quick") || words.includes("node")) {
    hosts.push(await step("Node.js", (report) => playInNode({ ...task, select: QUICK, report })));
  }
  if (words.includes("quick") || words.includes("chromium")) {
    const select = (name) => QUICK.includes(name);
    hosts.push(await step("Chromium", (report) => playInChromium({ ...task, select, report })));
  }
  for (const { rows, node, chromium } of hosts) {
    console.log(
      `\n${node ? `Node.js ${node}` : `Chromium ${chromium}`}, medians of ${rounds} interleaved rounds`,
    );
    console.log(ratioTable(figures(rows, "plain"), "plain"));
  }
});
