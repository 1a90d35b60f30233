import { isRefusal, RuntimeError } from "../api/errors.js";
import type { Signal } from "../arguments/signals.js";
import { answerOf } from "../durable/asking.js";
import { unlessAborted } from "../durable/host-storage.js";
import { Spells } from "../durable/turn.js";
import { LineChecksum } from "./checksum.js";

/** A line of an export, of which only its being an object is known. */
export interface RawLine {
  readonly type?: unknown;
  readonly format?: unknown;
  readonly version?: unknown;
  readonly runtimeId?: unknown;
  readonly displayName?: unknown;
  readonly limits?: unknown;
  readonly id?: unknown;
  readonly kind?: unknown;
  readonly entry?: unknown;
  readonly severity?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly workerId?: unknown;
  readonly crc32?: unknown;
  readonly recordedAt?: unknown;
  readonly request?: unknown;
  readonly key?: unknown;
  readonly fingerprint?: unknown;
  readonly eventId?: unknown;
  readonly sequence?: unknown;
}

/** A line is not what it has to be; `line` counts from 1. */
export function invalidLine(line: number, problem: string, cause?: unknown): RuntimeError {
  const path = isRefusal(cause) ? cause.details : undefined;
  return new RuntimeError(`line ${line} ${problem}`, {
    code: "invalid_request",
    details: { ...path, line },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Has nothing be found in what was parsed that the text does not have. */
function bare(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      bare(item);
    }
  } else if (typeof value === "object" && value !== null) {
    Object.setPrototypeOf(value, null);
    for (const key in value) {
      bare((value as Record<string, unknown>)[key]);
    }
  }
}

/** The lines of an export, one after another, as the caller's iterable gives them. */
export class LineReader {
  /** The number of the line read last, from 1. */
  number = 0;
  /** The checksum of all lines before it. */
  checksumBefore = "";
  /** What is done with the lines is done in these spells, too. */
  readonly spells = new Spells();
  private readonly checksum = new LineChecksum();
  private readonly iterator: AsyncIterator<unknown> | Iterator<unknown>;
  private readonly signal: Signal | undefined;
  private readonly givenUp: (signal: Signal) => RuntimeError;

  /** Throws `invalid_request` for what cannot be iterated. */
  constructor(lines: unknown, signal: Signal | undefined, givenUp: (signal: Signal) => RuntimeError) {
    this.signal = signal;
    this.givenUp = givenUp;
    try {
      const iterable = lines as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
      const iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]?.();
      if (typeof iterator?.next !== "function") {
        throw new TypeError("there is no iterator");
      }
      this.iterator = iterator;
    } catch (cause) {
      throw new RuntimeError("lines must be an iterable of strings", {
        code: "invalid_request",
        details: { path: "lines" },
        cause,
      });
    }
  }

  /** The next line, `undefined` at the end. Empty lines are passed over. Others have their turn where it is due. */
  async next(): Promise<RawLine | undefined> {
    for (;;) {
      const others = this.spells.goOn();
      if (others !== undefined) {
        await others;
      }
      const given = await this.text();
      if (given === undefined) {
        return undefined;
      }
      this.number += 1;
      const text = given.replace(/\r?\n$/, "");
      if (text !== "") {
        this.checksumBefore = this.checksum.value();
        this.checksum.add(text);
        return this.parsed(text);
      }
    }
  }

  /** Lets go of the caller's iterable, where it was not read to its end. */
  end(): void {
    answerOf(() => this.iterator.return?.()).catch(() => undefined);
  }

  private parsed(text: string): RawLine {
    let value: unknown;
    try {
      value = JSON.parse(text);
      bare(value);
    } catch (cause) {
      throw invalidLine(this.number, "is not JSON", cause);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw invalidLine(this.number, "is not an object");
    }
    return value;
  }

  private async text(): Promise<string | undefined> {
    let value: unknown;
    const step = answerOf(() => this.iterator.next()) as Promise<IteratorResult<unknown>>;
    try {
      const result = await unlessAborted(step, this.signal, this.givenUp);
      if (result.done === true) {
        return undefined;
      }
      ({ value } = result);
    } catch (cause) {
      if (isRefusal(cause) && cause.code === "storage_failed") {
        throw cause;
      }
      throw invalidLine(this.number + 1, "could not be read", cause);
    }
    if (typeof value !== "string") {
      throw invalidLine(this.number + 1, "is not a string");
    }
    return value;
  }
}
