// The README's table of hosts: made from the results of the cells, and checked against them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../shared/paths.mjs";
import { Unavailable } from "../../shared/unavailable.mjs";

const readme = join(root, "README.md");
const BEGIN = "<!-- hosts: made by `npm run packaging -- --table` -->";
const END = "<!-- /hosts -->";
const KINDS = ["Runtimes", "Bundlers", "Pages", "Browsers", "Test runners", "TypeScript"];
const SEPARATOR = " · ";

function parts() {
  const text = readFileSync(readme, "utf8");
  const [before, rest, ...more] = text.split(BEGIN);
  const [table, after] = rest?.split(END) ?? [];
  if (after === undefined || more.length > 0) throw new Error(`README.md lacks "${BEGIN}" and "${END}"`);
  return { before, table, after };
}

/** The cells that the table names, as `host: what`. */
function named() {
  return parts()
    .table.split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .flatMap((line) => {
      const [, host, , cells] = line.split("|").map((text) => text.trim());
      return host.startsWith("**") ? [] : cells.split(SEPARATOR).map((what) => `${host}: ${what}`);
    });
}

const nameOf = ({ host, what }) => `${host}: ${what}`;

function* rowsOf(kind, results) {
  const hosts = [...new Set(results.filter((result) => result.kind === kind).map(({ host }) => host))];
  if (hosts.length > 0) yield `| **${kind}** | | |`;
  for (const host of hosts) {
    const own = results.filter((result) => result.kind === kind && result.host === host);
    const versions = [...new Set(own.map(({ version }) => version ?? ""))].filter(Boolean);
    yield `| ${host} | ${versions.join(", ")} | ${own.map(({ what }) => what).join(SEPARATOR)} |`;
  }
}

/** Writes the table of what passed. Refuses where a cell has failed or has not run. */
export function writeTable(consumers, results) {
  const found = new Map(results.map((result) => [result.id, result]));
  const cells = consumers.flatMap(({ kind, cells }) => cells.map((cell) => ({ kind, ...cell })));
  const bad = cells.filter(({ id }) => !["passed", "skipped"].includes(found.get(id)?.outcome));
  if (bad.length > 0) {
    throw new Unavailable(
      `The table is made from a whole run, and these have failed or not run:\n${bad.map(({ id }) => id).join("\n")}`,
    );
  }
  const passed = cells
    .filter(({ id }) => found.get(id).outcome === "passed")
    .map((cell) => ({ ...cell, version: found.get(cell.id).version }));
  const unknown = passed.filter(({ kind }) => kind !== undefined && !KINDS.includes(kind));
  if (unknown.length > 0) throw new Error(`there is no place in the table for ${unknown[0].kind}`);
  const rows = KINDS.flatMap((kind) => [...rowsOf(kind, passed)]);
  const { before, after } = parts();
  const head = "| host | version | what is run in it, from the packed package |\n| --- | --- | --- |";
  writeFileSync(readme, `${before}${BEGIN}\n${head}\n${rows.join("\n")}\n${END}${after}`);
  return `${passed.length} cells`;
}

/** What is wrong with the table after a run: cells that nothing produces, and cells that passed and are not in it. */
export function tableFindings(consumers, results) {
  const inTable = new Set(named());
  const declared = new Set(consumers.flatMap(({ cells }) => cells.map(nameOf)));
  const shown = new Set(
    consumers.filter(({ kind }) => kind).flatMap(({ cells }) => cells.map(({ id }) => id)),
  );
  return [
    ...[...inTable]
      .filter((name) => !declared.has(name))
      .map((name) => `README.md names "${name}", which nothing tries`),
    ...results
      .filter((result) => result.outcome === "passed" && shown.has(result.id) && !inTable.has(nameOf(result)))
      .map((result) => `README.md lacks "${nameOf(result)}": npm run packaging -- --table`),
  ];
}
