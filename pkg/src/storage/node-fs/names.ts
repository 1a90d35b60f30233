import { sha256Hex } from "./checksum.js";

/**
 * File names. Only digits, lower-case letters, "-" and "." occur, so that they are the same on file systems that
 * ignore case, and none of them can be a reserved name.
 */

/** The directory of one runtime: any id fits, and two ids never share one. */
export function storeName(runtimeId: string): string {
  return sha256Hex(runtimeId);
}

const STORE = /^[0-9a-f]{64}$/;

export function isStoreName(name: string): boolean {
  return STORE.test(name);
}

/** One segment: its number, and the token that only it has. */
export interface SegmentId {
  /** 1, 2, 3 …; one more for each change of the file that is appended to. */
  readonly number: number;
  /** 32 hexadecimal digits, random. */
  readonly token: string;
}

const stem = (number: number): string => String(number).padStart(12, "0");

/**
 * The name under which the one segment of this number that counts is found. `life` is the token of the store's first
 * segment: a store that is created after a deletion shares no name with the one before.
 */
export const logName = (number: number, life: string): string => `${stem(number)}-${life}.log`;

/** The name that a segment has while its maker may append to it: who cannot find it is the owner no more. */
export const openName = ({ number, token }: SegmentId): string => `${stem(number)}-${token}.open`;

/** The name that it has once somebody else has announced to take over. */
export const doneName = ({ number, token }: SegmentId): string => `${stem(number)}-${token}.done`;

/** The name that its maker gives it when it lets go: whatever is shorter or longer afterwards is damaged. */
export const cleanName = ({ number, token }: SegmentId, length: number): string =>
  `${stem(number)}-${token}.clean-${length}`;

/** What a file name in a store's directory says. */
export type ParsedName =
  | { readonly kind: "log"; readonly number: number; readonly life: string }
  | { readonly kind: "open" | "done"; readonly id: SegmentId }
  | { readonly kind: "clean"; readonly id: SegmentId; readonly length: number };

const NAME = /^(\d{12,16})-([0-9a-f]{32})\.(log|open|done|clean-(\d{1,16}))$/;

/** `undefined` for a name that the adapter never gives. */
export function parseName(name: string): ParsedName | undefined {
  const match = NAME.exec(name);
  if (match === null) {
    return undefined;
  }
  const number = Number(match[1]);
  const token = match[2] as string;
  const kind = match[3] as string;
  if (kind === "log") {
    return { kind, number, life: token };
  }
  const id = { number, token };
  return kind === "open" || kind === "done" ? { kind, id } : { kind: "clean", id, length: Number(match[4]) };
}
