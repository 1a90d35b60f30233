/** The export in `tests/data/exports`, and its changes there. */

import { readFileSync } from "node:fs";
import { crc32 } from "../api/crc32.mjs";

const read = (name) => readFileSync(new URL(`../../data/exports/${name}`, import.meta.url), "utf8");

/** Its lines. */
export const exported = read("whole.jsonl").trimEnd().split("\n");

/** The changes. */
export const { cases } = JSON.parse(read("changes.json"));

/** The lines with some JSON in them, under a checksum that fits. */
export function sealed(lines) {
  const place = lines.findLastIndex((line) => line.startsWith('{"type":"trailer"'));
  const text = (line) => line.replace(/\r?\n$/u, "");
  const before = lines.slice(0, place).map(text);
  const crc = crc32(before.map((line) => (line === "" ? "" : `${line}\n`)).join(""));
  return lines.with(place, lines[place].replace(/"crc32":"[0-9a-f]*"/u, `"crc32":"${crc}"`));
}

/** The lines after a change. */
export function changed({ name, edits, unsealed }) {
  const texts = exported.map((line) => [line]);
  for (const { line, find, put, is } of edits) {
    const before = texts[line - 1].join("");
    if (find !== undefined && before.split(find).length !== 2) {
      throw new Error(`${name}: ${find} is not in line ${line} once`);
    }
    texts[line - 1] = is ?? [before.replace(find, () => put)];
  }
  const lines = texts.flat();
  return unsealed === true ? lines : sealed(lines);
}
