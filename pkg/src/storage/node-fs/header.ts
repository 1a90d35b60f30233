import { sha256Hex } from "./checksum.js";
import { StorageCorrupt } from "./errors.js";
import type { SegmentId } from "./names.js";

/** The version of the file format that this adapter writes, and the newest that it reads. */
export const FORMAT = 1;

const TITLE = "worker-runtime log, format ";

/** A segment that goes on counting, up to a length that is settled for ever. */
export interface Kept extends SegmentId {
  /** Bytes that count; what stands behind them belongs to nobody. */
  readonly length: number;
  /** The chain value at that length, in hexadecimal. */
  readonly chain: string;
}

/** The first lines of a segment: whose it is, and what it is the continuation of. */
export interface Header extends SegmentId {
  readonly runtimeId: string;
  /** The token of the store's first segment: what is deleted and created again has another. */
  readonly life: string;
  /** Length of the file when it became part of the log: up to there nothing can be torn. */
  readonly published: number;
  /** Older segments whose records still count, oldest first. */
  readonly previous: readonly Kept[];
  /** The segment before this one, and how much of it was accepted: what is written later is not. */
  readonly follows: (SegmentId & { readonly length: number }) | null;
}

/** With room, so that a header keeps its length when the number becomes known. */
const padded = (length: number): string => String(length).padStart(16, "0");

/** No header is longer: ids are short, and old segments are folded together. */
export const MAX_HEADER_LENGTH = 65_536;

export function encodeHeader(header: Header): Buffer {
  const { runtimeId, life, number, token, published, previous, follows } = header;
  const fields = {
    runtimeId,
    life,
    segment: number,
    token,
    published: padded(published),
    previous: previous.map(({ number, token, length, chain }) => ({ segment: number, token, length, chain })),
    follows: follows && { segment: follows.number, token: follows.token, length: padded(follows.length) },
  };
  const line = `${JSON.stringify(fields)}\n`;
  return Buffer.from(`${TITLE}${FORMAT}\n${sha256Hex(line)}\n${line}`);
}

/** The header at the start of `bytes`, and its length; throws `StorageCorrupt`, or an `Error` for a newer format. */
export function decodeHeader(bytes: Buffer, path: string): { header: Header; length: number } {
  const titleEnd = bytes.indexOf(10) + 1;
  const sumEnd = bytes.indexOf(10, titleEnd) + 1;
  const length = bytes.indexOf(10, sumEnd) + 1;
  const title = bytes.toString("latin1", 0, titleEnd);
  if (title.startsWith(TITLE) && /^[1-9]\d{0,5}\n$/.test(title.slice(TITLE.length))) {
    const format = Number(title.slice(TITLE.length));
    if (format > FORMAT) {
      throw new Error(`${path} has format ${format}; this version of the adapter reads up to ${FORMAT}`);
    }
  }
  const line = bytes.subarray(sumEnd, length);
  if (
    titleEnd === 0 ||
    sumEnd === 0 ||
    length === 0 ||
    title !== `${TITLE}${FORMAT}\n` ||
    bytes.toString("latin1", titleEnd, sumEnd) !== `${sha256Hex(line)}\n`
  ) {
    throw new StorageCorrupt("the head of a segment is damaged", { path, offset: 0 });
  }
  const fields = JSON.parse(line.toString()) as {
    runtimeId: string;
    life: string;
    segment: number;
    token: string;
    published: string;
    previous: Array<{ segment: number; token: string; length: number; chain: string }>;
    follows: { segment: number; token: string; length: string } | null;
  };
  const { runtimeId, life, segment, token, published, previous, follows } = fields;
  return {
    length,
    header: {
      runtimeId,
      life,
      number: segment,
      token,
      published: Number(published),
      previous: previous.map(({ segment, token, length, chain }) => ({
        number: segment,
        token,
        length,
        chain,
      })),
      follows: follows && {
        number: follows.segment,
        token: follows.token,
        length: Number(follows.length),
      },
    },
  };
}
