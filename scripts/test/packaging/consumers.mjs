// The consumers of tests/packaging: each folder with a cells.mjs is a project of its own, and its cells are what is
// tried with it.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../shared/paths.mjs";
import { Unavailable } from "../../shared/unavailable.mjs";

const place = join(root, "tests", "packaging");

/**
 * @typedef {object} Cell
 * @property {string} host whom the README's table names, without a version
 * @property {string} what what is tried there, as the README's table says it
 * @property {(context: import("./context.mjs").Context) => Promise<string | undefined>} run answers with a detail to show
 *
 * @typedef {object} Consumer
 * @property {string} name
 * @property {string} folder
 * @property {string} [kind] under which heading of the README's table its cells are; without one they are not there
 * @property {(Cell & { id: string })[]} cells
 */

const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

/** All consumers in the order of their names. @returns {Promise<Consumer[]>} */
export async function consumers() {
  const names = readdirSync(place)
    .filter((name) => existsSync(join(place, name, "cells.mjs")))
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const folder = join(place, name);
      const { kind, cells } = await import(pathToFileURL(join(folder, "cells.mjs")).href);
      return {
        name,
        folder,
        kind,
        cells: cells.map((cell) => ({ ...cell, id: `${name}/${slug(`${cell.host} ${cell.what}`)}` })),
      };
    }),
  );
}

/** Those with a cell that one of `names` means, with these cells: a consumer's name, or the beginning of a cell's id. */
export async function selectConsumers(names) {
  const all = await consumers();
  if (names.length === 0) return all;
  const means = (name, { id }) => id === name || id.startsWith(name.includes("/") ? name : `${name}/`);
  for (const name of names) {
    if (!all.some(({ cells }) => cells.some((cell) => means(name, cell)))) {
      const known = all.flatMap((consumer) => [consumer.name, ...consumer.cells.map(({ id }) => `  ${id}`)]);
      throw new Unavailable(`There is no cell ${name}. There are:\n${known.join("\n")}`);
    }
  }
  return all
    .map((consumer) => ({
      ...consumer,
      cells: consumer.cells.filter((cell) => names.some((name) => means(name, cell))),
    }))
    .filter(({ cells }) => cells.length > 0);
}
