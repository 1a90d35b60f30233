/** A module as printable ASCII, as scripts/build/inlined.mjs makes it. */
export interface Spelt {
  /** The characters in the order of what they stand for, ascending. */
  readonly alphabet: string;
  /** A digit for each byte: 1 for those that are one character, the n-th of the alphabet for the n-th of them. */
  readonly frequent: string;
  /** How many these are. */
  readonly singles: number;
  /** Where the reader puts the module. */
  readonly place: number;
  /** How many bytes the module is. */
  readonly length: number;
  /** A module that reads the text: see scripts/build/reader.mjs. */
  readonly reader: readonly number[];
  readonly text: string;
}

/** Where the reader has the text; before it is a table of what stands for which byte. */
const TEXT = 128 * 256;

/**
 * The module of a text that comes with the package, so that nothing is checked. Every other byte, in ascending order, is two characters:
 * one from beyond the frequent ones, and the place in as many as the alphabet has characters. It is read by a module of its own: a
 * page does this once, and a loop that runs for the first time is interpreted in JavaScript, which takes longer than compiling what was read.
 */
export function bytesOf({
  alphabet,
  frequent,
  singles,
  place,
  length,
  reader,
  text,
}: Spelt): Uint8Array<ArrayBuffer> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(reader)));
  const { memory, read } = exports as { memory: WebAssembly.Memory; read: () => void };
  const area = new Uint8Array(memory.buffer as ArrayBuffer);
  const unit = (place: number): number => alphabet.charCodeAt(place);
  for (let byte = 0, single = 0, beyond = 0; byte < 256; byte++) {
    if (frequent[byte] === "1") {
      area[unit(single++)] = byte;
    } else {
      area[unit(singles + Math.floor(beyond / alphabet.length)) + 256 * unit(beyond % alphabet.length)] =
        byte;
      beyond += 1;
    }
  }
  new TextEncoder().encodeInto(text, area.subarray(TEXT));
  read();
  return area.subarray(place, place + length);
}
