import { utf8Length } from "../arguments/text.js";
import type { Boundary } from "./boundary.js";
import { Outbox } from "./outbox.js";
import type { ModuleMemory } from "./platform.js";

/** Where in the area's header, a row of 32-bit words, the addresses and lengths stand. */
const IN_WORDS = 0;
const IN_TEXT = 1;
const OUT_NUMBERS = 2;
const OUT_NUMBER_COUNT = 3;
const OUT_TEXT = 4;
const OUT_TEXT_BYTES = 5;

/** Room that is asked for at first: enough for a run of 256 short messages. */
const INITIAL_WORDS = 2_048;
const INITIAL_TEXT_BYTES = 64 * 1024;
/** Below this length, room for the longest encoding is taken instead of measuring the text. */
const UNMEASURED_UNITS = 1024 * 1024;
/** Room above this is given back after use. */
const KEPT_TEXT_BYTES = 4 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The two flat buffers by which everything crosses that runs per message. Views of the module's memory are
 * renewed when a call has replaced the memory's buffer.
 */
export class Exchange {
  private readonly boundary: Boundary;
  private readonly memory: ModuleMemory;
  private readonly failure: (error: unknown) => Error;
  private header = 0;
  private wordCapacity = 0;
  private textCapacity = 0;
  private words = new Uint32Array(0);
  private doubles = new Float64Array(0);
  private bytes = new Uint8Array(0);
  private inWords = 0;
  private inText = new Uint8Array(0);

  /** `failure` makes of a trap what is thrown to the caller. */
  constructor(boundary: Boundary, memory: ModuleMemory, failure: (error: unknown) => Error) {
    this.boundary = boundary;
    this.memory = memory;
    this.failure = failure;
  }

  /** Writes the table and the text of one call, and answers how many bytes the text has. */
  send(table: Uint32Array, length: number, text: string): number {
    let textBytes = text.length * 3;
    if (textBytes > this.textCapacity && text.length > UNMEASURED_UNITS) {
      textBytes = utf8Length(text);
    }
    this.makeRoom(length, textBytes);
    this.writeTable(table, length);
    return encoder.encodeInto(text, this.inText).written;
  }

  /** Writes the table of a call that has no text. */
  sendTable(table: Uint32Array, length: number): void {
    this.makeRoom(length, 0);
    this.writeTable(table, length);
  }

  private makeRoom(words: number, textBytes: number): void {
    if (words > this.wordCapacity || textBytes > this.textCapacity) {
      this.reserve(
        Math.max(words, this.wordCapacity, INITIAL_WORDS),
        Math.max(textBytes, this.textCapacity, INITIAL_TEXT_BYTES),
      );
    }
    this.refresh();
  }

  private writeTable(table: Uint32Array, length: number): void {
    this.words.set(table.subarray(0, length), this.inWords);
  }

  /** How large the module's memory is. */
  get memoryBytes(): number {
    this.refresh();
    return this.bytes.length;
  }

  /** Gives back the room that a long text took. */
  trim(): void {
    if (this.textCapacity > KEPT_TEXT_BYTES) {
      this.reserve(INITIAL_WORDS, INITIAL_TEXT_BYTES);
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

  private outText(): string {
    const { words, header } = this;
    const length = words[header + OUT_TEXT_BYTES] as number;
    const address = words[header + OUT_TEXT] as number;
    return length === 0 ? "" : decoder.decode(this.bytes.subarray(address, address + length));
  }

  private reserve(words: number, textBytes: number): void {
    try {
      this.boundary.reserve(words, textBytes);
    } catch (error) {
      throw this.failure(error);
    }
    this.wordCapacity = words;
    this.textCapacity = textBytes;
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
    const address = this.words[this.header + IN_TEXT] as number;
    this.inText = this.bytes.subarray(address, address + this.textCapacity);
  }
}
