// The module as it is inlined: as text, with what reads it.
import { asciiOf } from "./ascii.mjs";
import { readerOf } from "./reader.mjs";
import { splitCode } from "./split.mjs";

/** `module`, whose text is that of its start, its streams and its end. */
export function inlined(module) {
  const split = splitCode(module);
  const { start, streams, end } = split;
  const { alphabet, frequent, singles, text } = asciiOf(Buffer.concat([start, ...streams, end]));
  const { reader, place } = readerOf(split, module.length, text.length, alphabet.charCodeAt(singles));
  return { alphabet, frequent, singles, place, length: module.length, reader, text };
}
