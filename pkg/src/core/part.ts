/** What crosses in a table: a word, or a text or its absence. */
export type Part = number | string | undefined;

/** An integer of up to 53 bits as two words. */
export function integerParts(value: number): Part[] {
  return [value >>> 0, Math.floor(value / 2 ** 32)];
}
