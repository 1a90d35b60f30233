import { RuntimeError } from "../api/errors.js";
import type { StorageOp } from "../storage/contract.js";
import type { Boundary, StoredRecord } from "./boundary.js";
import { Outbox } from "./outbox.js";
import type { Part } from "./part.js";
import type { ModuleMemory } from "./platform.js";

/** Where in the area's header, a row of 32-bit words, the addresses and lengths stand. */
const IN_WORDS = 0;
const IN_BYTES = 1;
const OUT_NUMBERS = 2;
const OUT_NUMBER_COUNT = 3;
const OUT_TEXT = 4;
const OUT_TEXT_BYTES = 5;

/** Room that is asked for at first: enough for a run of 256 short messages. */
const INITIAL_WORDS = 2_048;
const INITIAL_BYTES = 64 * 1024;
/** For shorter texts room is taken for three bytes a unit, the most that they may have. */
const LONG_UNITS = 1024 * 1024;
/** Shorter tables are copied word by word, which is quicker than a view made for it. */
const LONG_TABLE = 64;
/** Room above this is given back after use. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** A module's memory has at most 4 GiB, and growing beyond is a trap. */
const MEMORY_BYTES = 2 ** 32;
/** How often records lie in it until they have been decoded; the room to post them in is up to twice as large. */
const COPIES = 4;
/** In place of the length of a text that is absent. */
const NONE = 0xffff_ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The flat buffers by which everything crosses that is no plain number. Views of the module's memory are
 * renewed when a call has replaced the memory's buffer.
 */
export class Exchange {
  private readonly boundary: Boundary;
  private readonly memory: ModuleMemory;
  private readonly failure: (error: unknown) => Error;
  private header = 0;
  private wordCapacity = 0;
  private byteCapacity = 0;
  private words = new Uint32Array(0);
  private doubles = new Float64Array(0);
  private bytes = new Uint8Array(0);
  private inWords = 0;
  private inBytes = new Uint8Array(0);

  /** `failure` makes of a trap what is thrown to the caller. */
  constructor(boundary: Boundary, memory: ModuleMemory, failure: (error: unknown) => Error) {
    this.boundary = boundary;
    this.memory = memory;
    this.failure = failure;
  }

  /** Writes the table and the text of one call, with room for more bytes behind it, and answers how many bytes the text has. */
  send(table: ArrayLike<number>, length: number, text: string, moreBytes = 0): number {
    const units = text.length;
    let most = units * 3;
    if (most + moreBytes > this.byteCapacity && units > LONG_UNITS) {
      // Mostly it has a byte a unit; what does not fit into as many says how much more it can be.
      most = units;
    }
    for (;;) {
      this.makeRoom(length, most + moreBytes);
      this.writeTable(table, length);
      const { read, written } = encoder.encodeInto(text, this.inBytes);
      if (read === units && written + moreBytes <= this.byteCapacity) {
        return written;
      }
      most = written + (units - read) * 3;
    }
  }

  /** Writes the table of a call that has no text. */
  sendTable(table: Uint32Array, length: number): void {
    this.makeRoom(length, 0);
    this.writeTable(table, length);
  }

  /** Writes what a call takes that is not made per message, and answers how many bytes its text has. */
  post(parts: readonly Part[], records: readonly StoredRecord[] = []): number {
    const table: number[] = [];
    let text = "";
    for (const part of parts) {
      if (typeof part === "string") {
        table.push(part.length);
        text += part;
      } else {
        table.push(part ?? NONE);
      }
    }
    let moreBytes = 0;
    for (const [key, value] of records) {
      table.push(key.length, value.length);
      text += key;
      moreBytes += value.length;
    }
    if (moreBytes > KEPT_BYTES && moreBytes * COPIES > MEMORY_BYTES - this.memoryBytes) {
      throw new RuntimeError("what was read does not fit into the module's memory", {
        code: "storage_failed",
      });
    }
    const textBytes = this.send(table, table.length, text, moreBytes);
    let at = textBytes;
    for (const [, value] of records) {
      this.inBytes.set(value, at);
      at += value.length;
    }
    return textBytes;
  }

  private makeRoom(words: number, bytes: number): void {
    if (words > this.wordCapacity || bytes > this.byteCapacity) {
      this.reserve(
        Math.max(words, this.wordCapacity, INITIAL_WORDS),
        Math.max(bytes, this.byteCapacity, INITIAL_BYTES),
      );
    }
    this.refresh();
  }

  private writeTable(table: ArrayLike<number>, length: number): void {
    const { words, inWords } = this;
    if (length > LONG_TABLE && table instanceof Uint32Array) {
      words.set(table.subarray(0, length), inWords);
      return;
    }
    for (let i = 0; i < length; i++) {
      words[inWords + i] = table[i] as number;
    }
  }

  /** How large the module's memory is. */
  get memoryBytes(): number {
    this.refresh();
    return this.bytes.length;
  }

  /** Gives back the room that a long text took. */
  trim(): void {
    if (this.byteCapacity > KEPT_BYTES) {
      this.reserve(INITIAL_WORDS, INITIAL_BYTES);
    }
  }

  /** The numbers of the answer of the call just made; valid, from `outStart`, until the next one. */
  outNumbers(): Float64Array {
    this.refresh();
    return this.doubles;
  }

  outStart(): number {
    return (this.words[this.header + OUT_NUMBERS] as number) >>> 3;
  }

  /** The answer of the call just made; to be read before the next one. */
  receive(): Outbox {
    this.refresh();
    return new Outbox(this.doubles, this.outStart(), this.outText());
  }

  /** The same as `receive`, with a copy of the numbers that stays valid after further calls. */
  receiveKept(): Outbox {
    this.refresh();
    const start = this.outStart();
    const length = this.words[this.header + OUT_NUMBER_COUNT] as number;
    return new Outbox(this.doubles.slice(start, start + length), 0, this.outText());
  }

  /** The operations of a commit that the call just made answered with. */
  receiveOperations(): StorageOp[] {
    const out = this.receive();
    const ops: StorageOp[] = [];
    for (let count = out.number(); count > 0; count--) {
      const key = out.string();
      const address = out.number();
      const length = out.number();
      ops.push([key, length < 0 ? null : this.bytes.slice(address, address + length)]);
    }
    return ops;
  }

  private outText(): string {
    const { words, header } = this;
    const length = words[header + OUT_TEXT_BYTES] as number;
    const address = words[header + OUT_TEXT] as number;
    return length === 0 ? "" : decoder.decode(this.bytes.subarray(address, address + length));
  }

  private reserve(words: number, bytes: number): void {
    try {
      this.boundary.reserve(words, bytes);
    } catch (error) {
      throw this.failure(error);
    }
    this.wordCapacity = words;
    this.byteCapacity = bytes;
    this.words = new Uint32Array(0);
  }

  /** A memory that has grown has left views of no length behind. */
  private refresh(): void {
    if (this.words.length !== 0) {
      return;
    }
    try {
      this.header = this.boundary.exchange() >>> 2;
    } catch (error) {
      throw this.failure(error);
    }
    const { buffer } = this.memory;
    this.words = new Uint32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.inWords = (this.words[this.header + IN_WORDS] as number) >>> 2;
    const address = this.words[this.header + IN_BYTES] as number;
    this.inBytes = this.bytes.subarray(address, address + this.byteCapacity);
  }
}
