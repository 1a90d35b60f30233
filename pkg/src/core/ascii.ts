/** Bytes spelt as printable ASCII, as scripts/build/ascii.mjs does it. */
export interface Spelt {
  /** The characters in the order of what they stand for. */
  readonly alphabet: string;
  /** The bytes that are one character: the n-th of the alphabet for the n-th of them. */
  readonly frequent: readonly number[];
  readonly text: string;
  /** How many bytes `text` is. */
  readonly length: number;
}

/**
 * The bytes of a text that comes with the package, so that nothing is checked. Every other byte, in ascending order, is two characters:
 * one from beyond the frequent ones, and the place in as many as the alphabet has characters.
 */
export function bytesOf({ alphabet, frequent, text, length }: Spelt): Uint8Array<ArrayBuffer> {
  const places = new Uint8Array(128);
  for (let place = 0; place < alphabet.length; place++) {
    places[alphabet.charCodeAt(place)] = place;
  }
  const singles = frequent.length;
  const order = [...frequent];
  for (let byte = 0; byte < 256; byte++) {
    if (!frequent.includes(byte)) {
      order.push(byte);
    }
  }
  const bytes = new Uint8Array(length);
  for (let at = 0, next = 0; at < length; at++) {
    let place = places[text.charCodeAt(next++)] as number;
    if (place >= singles) {
      place = singles + (place - singles) * alphabet.length + (places[text.charCodeAt(next++)] as number);
    }
    bytes[at] = order[place] as number;
  }
  return bytes;
}
