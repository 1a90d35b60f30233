import { RuntimeError, type RuntimeErrorCode, type RuntimeErrorDetails } from "../api/errors.js";
import type { Boundary } from "./boundary.js";
import { Exchange } from "./exchange.js";
import type { ModuleMemory } from "./platform.js";
import { Vocabulary } from "./vocabulary.js";
import { type Reference, referenceTo } from "./weak.js";

/** Told what becomes of the module instance that it lives in. */
export interface InstanceListener {
  /** It has trapped. */
  poisoned(cause: unknown): void;
  /** Its memory has become so large that the core may soon refuse mutations. */
  crowded(): void;
}

/** From here on every command is executed before it is answered. The core refuses mutations from 3.5 GiB on. */
const CROWDED_BYTES = 1024 * 1024 * 1024;

/** An id has at most 256 bytes. */
const DETAIL_UNITS = 256;
const MESSAGE_UNITS = 1024;

/** One instance of the module. All runtimes made between two traps share it. */
export class ModuleInstance {
  readonly boundary: Boundary;
  readonly exchange: Exchange;
  /** `null` until it was needed: see `words`. */
  vocabulary: Vocabulary | null = null;
  /** Stays for as long as runtimes are made in this instance: see `shapes`. */
  kept: ReadonlyArray<object | null> = [];
  private crowded = false;
  private trap: { cause: unknown } | null = null;
  private readonly listeners = new Map<number, Reference<InstanceListener>>();

  constructor(boundary: Boundary, memory: ModuleMemory) {
    this.boundary = boundary;
    this.exchange = new Exchange(boundary, memory, (error) => this.failure(error));
  }

  get poisoned(): boolean {
    return this.trap !== null;
  }

  get isCrowded(): boolean {
    return this.crowded;
  }

  /** Called after what may have made the memory grow. */
  noteGrowth(): void {
    if (!this.crowded && this.exchange.memoryBytes >= CROWDED_BYTES) {
      this.crowded = true;
      for (const listener of [...this.listeners.values()]) {
        listener.deref()?.crowded();
      }
    }
  }

  /** Has `listener` told of what becomes of the instance, without keeping it alive. One for each handle. */
  watch(handle: number, listener: InstanceListener): void {
    this.listeners.set(handle, referenceTo(listener));
  }

  /** Frees what belongs to a handle; nothing where the instance has trapped. */
  release(handle: number): void {
    this.listeners.delete(handle);
    if (this.trap === null) {
      try {
        this.boundary.close_handle(handle);
      } catch (error) {
        this.failure(error);
      }
    }
  }

  /**
   * Enters the module, with the number of a handle where the call concerns one, and gives what it answers. Throws the core's refusal, or `runtime_poisoned` where it has trapped,
   * perhaps while something was waited for.
   */
  enter(call: (boundary: Boundary, handle: number, exchange: Exchange) => number, handle = 0): number {
    if (this.trap !== null) {
      throw poisonedError(this.trap.cause);
    }
    let answer: number;
    try {
      answer = call(this.boundary, handle, this.exchange);
    } catch (error) {
      throw this.failure(error);
    }
    this.exchange.trim();
    if (answer < 0) {
      throw this.refusal();
    }
    return answer;
  }

  /**
   * The words behind the codes. They are asked for when they are first needed, which whoever makes a runtime does not wait for; and so before
   * the call whose answer they read.
   */
  words(): Vocabulary {
    if (this.vocabulary === null) {
      this.enter((boundary) => {
        boundary.vocabulary();
        return 0;
      });
      this.vocabulary = new Vocabulary(this.exchange.receive());
    }
    return this.vocabulary;
  }

  /** The refusal that the call just made answered with. */
  private refusal(): RuntimeError {
    const out = this.exchange.receive();
    const code = out.string() as RuntimeErrorCode;
    const message = shortened(out.string(), MESSAGE_UNITS);
    const entries = out.list(() => {
      const name = out.string();
      const text = out.optionalString();
      return [name, text === undefined ? out.number() : shortened(text, DETAIL_UNITS)];
    });
    return new RuntimeError(message, { code, details: Object.fromEntries(entries) as RuntimeErrorDetails });
  }

  /** What the caller gets for a trap, after every handle was told of it. */
  failure(error: unknown): RuntimeError {
    if (error instanceof RuntimeError) {
      return error;
    }
    if (this.trap === null) {
      this.trap = { cause: error };
    }
    this.tellOfTrap(this.trap.cause);
    return poisonedError(this.trap.cause);
  }

  /**
   * Tells every handle, now where that can be done. Where the trap was the end of the stack there may be no room left to
   * tell in: then once the stack is unwound, and a handle that was told in part is told again.
   */
  private tellOfTrap(cause: unknown): void {
    for (const [handle, reference] of [...this.listeners]) {
      this.listeners.delete(handle);
      try {
        reference.deref()?.poisoned(cause);
      } catch {
        this.listeners.set(handle, reference);
        queueMicrotask(() => this.tellOfTrap(cause));
        return;
      }
    }
  }
}

export function poisonedError(cause: unknown, outcome?: "unknown"): RuntimeError {
  return new RuntimeError("the module has trapped; create or open the runtime again", {
    code: "runtime_poisoned",
    details: outcome === undefined ? {} : { outcome },
    cause,
  });
}

/** What a caller passed may be megabytes long; its beginning tells what it was. Own ids and keys are never cut. */
function shortened(text: string, units: number): string {
  return text.length <= units ? text : `${text.slice(0, units)}…`;
}
