// What a WebAssembly module is made of: its sections, and the bytes of its functions' bodies by where they come from.
import { CODE, CUSTOM, EXPORT, HEADER_BYTES, sectionsOf } from "../shared/wasm-binary.mjs";

const SECTIONS = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "data count",
];
const FUNCTION_NAMES = 1;
const FUNCTION_KIND = 0;

/** The module without what no host needs: names, producers. */
export function withoutCustomSections(bytes) {
  const kept = [...sectionsOf(bytes)].filter(({ number }) => number !== CUSTOM);
  return Buffer.concat([
    bytes.subarray(0, HEADER_BYTES),
    ...kept.map(({ start, end }) => bytes.subarray(start, end)),
  ]);
}

/** Bytes by section, in the module's order. */
export function sectionSizes(bytes) {
  return Object.fromEntries(
    [...sectionsOf(bytes)].map(({ number, start, end }) => [SECTIONS[number], end - start]),
  );
}

function namesIn(reader, names) {
  if (reader.text() !== "name") return;
  while (!reader.isAtEnd) {
    const kind = reader.byte();
    const { content } = reader.part();
    if (kind !== FUNCTION_NAMES) continue;
    for (let left = content.integer(); left > 0; left--) names.set(content.integer(), content.text());
  }
}

/**
 * The bytes of each function's body, by name where it has one. The module imports nothing, so that the n-th body is the n-th function.
 */
function functions(bytes) {
  const names = new Map();
  let bodies = [];
  for (const { number, content } of sectionsOf(bytes)) {
    if (number === EXPORT) {
      for (let left = content.integer(); left > 0; left--) {
        const name = content.text();
        const kind = content.byte();
        const index = content.integer();
        if (kind === FUNCTION_KIND && !names.has(index)) names.set(index, name);
      }
    } else if (number === CODE) {
      bodies = Array.from({ length: content.integer() }, () => content.part().length);
    } else if (number === CUSTOM) {
      namesIn(content, names);
    }
  }
  return bodies.map((size, index) => ({ name: names.get(index) ?? "", size }));
}

const OWN = "worker_runtime";

/** The crate, and in this project's own the module, whose function it is: `<alloc::vec::Vec<T> as Clone>::clone` is alloc's. */
function originOf(name) {
  const [, crate, module] = /(?:^|[^\w:])(\w+)(?:\[\w+\])?::(?:(\w+)::)?/.exec(name) ?? [];
  if (crate === undefined) return name.startsWith("__rust") ? "allocator" : "exports";
  if (crate === OWN && module !== undefined) return `${OWN}::${module}`;
  return crate === "__rustc" ? "allocator" : crate;
}

/** Bytes of code by origin, the largest first. */
export function codeByOrigin(bytes) {
  const sums = new Map();
  for (const { name, size } of functions(bytes)) {
    const origin = originOf(name);
    sums.set(origin, (sums.get(origin) ?? 0) + size);
  }
  return Object.fromEntries([...sums].sort(([, a], [, b]) => b - a));
}
