/** The export in `tests/data/exports`, and its changes there. */

import { readFileSync } from "node:fs";
import { crc32 } from "../api/crc32.mjs";

const read = (name) => readFileSync(new URL(`../../data/exports/${name}`, import.meta.url), "utf8");

/** Its lines. */
export const exported = read("whole.jsonl").trimEnd().split("\n");

/** The changes. */
export const { cases } = JSON.parse(read("changes.json"));

const CHECKSUM = /"crc32":"[0-9a-f]*"/u;

/** The lines with the checksum that fits, in the last one that has any. */
export function sealed(lines) {
  const place = lines.findLastIndex((line) => CHECKSUM.test(line));
  const before = lines.slice(0, place).map((line) => line.replace(/\r?\n$/u, ""));
  const crc = crc32(before.map((line) => (line === "" ? "" : `${line}\n`)).join(""));
  return lines.map((line, index) => (index === place ? line.replace(CHECKSUM, `"crc32":"${crc}"`) : line));
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

/** The paths of every field of every line. */
function pathsOf(value, path = []) {
  return typeof value !== "object"
    ? []
    : Object.keys(value).flatMap((key) => [[...path, key], ...pathsOf(value[key], [...path, key])]);
}

const STRANGE = [
  ...[null, 0, -1, 1.5, 2 ** 53, true, [], {}, [null]],
  ...["", "x", "\ud800", "worker-00000002", "worker-0000000A"],
];

/** For every field of the lines' objects but the checksum: a copy, the object in it that has the field, and its name. */
function* fieldsOf(objects) {
  for (const path of pathsOf(objects)) {
    const key = path.at(-1);
    if (key !== "crc32") {
      const fresh = () => {
        const copy = structuredClone(objects);
        return [copy, path.slice(0, -1).reduce((holder, name) => holder[name], copy)];
      };
      yield [path, key, fresh];
    }
  }
}

/** The lines' objects with each field of them as something else: what was changed, and the objects. */
export function* strangeFields(objects) {
  for (const [path, key, fresh] of fieldsOf(objects)) {
    for (const value of STRANGE) {
      const [changed, holder] = fresh();
      if (!Object.is(holder[key], value)) {
        holder[key] = value;
        yield [`${path.join(".")} as ${JSON.stringify(value)}`, changed];
      }
    }
  }
}

/** The lines' objects without each field of them: what is missing, and the objects. */
export function* missingFields(objects) {
  for (const [path, key, fresh] of fieldsOf(objects)) {
    const [changed, holder] = fresh();
    if (!Array.isArray(holder)) {
      delete holder[key];
      yield [`without ${path.join(".")}`, changed];
    }
  }
}
