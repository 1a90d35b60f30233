import type { RuntimeStorage, RuntimeStore, StorageCommit, StorageOp } from "../../storage/contract.js";
import { AssertionError, type Entry, equal, fail, ok, show } from "./assertion.js";

/** What the caller of the kit gives for each case. */
export interface StorageUnderTest {
  storage: RuntimeStorage;
  /**
   * Another storage over the same medium, as another tab or process would make it: its handles and those of
   * `storage` are rivals. Without it the cases that ask for one use `storage` itself.
   */
  another?(): Promise<RuntimeStorage>;
  dispose?(): Promise<void>;
}

export type MakeStorage = () => Promise<StorageUnderTest>;

/** The range of all keys that can be read at all: a bound is a key, so no range reaches the greatest one. */
export const ALL = { gte: "", lt: "~".repeat(200) } as const;

/** One run of one case: opens handles that are closed at its end, and makes what no other run makes. */
export class Trial {
  readonly storage: RuntimeStorage;
  /** How long the whole case may take. */
  readonly timeoutMs: number;
  readonly #subject: StorageUnderTest;
  readonly #opened: RuntimeStore[] = [];

  constructor(subject: StorageUnderTest, timeoutMs: number) {
    this.storage = subject.storage;
    this.timeoutMs = timeoutMs;
    this.#subject = subject;
  }

  /** A runtime id that no other case and no other run uses. */
  id(label = "runtime"): string {
    return `${label}-${this.token()}`;
  }

  /** A head: unguessable, never the same twice, and with a letter in it. */
  token(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[0] = (bytes[0] as number) | 0xa0;
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Another storage over the same medium where the caller has one to give. */
  async another(): Promise<RuntimeStorage> {
    return (await this.#subject.another?.()) ?? this.storage;
  }

  /** The first handle of a runtime in this case. */
  async open(id: string, options?: Parameters<RuntimeStorage["open"]>[1]): Promise<RuntimeStore> {
    return this.keep(await this.storage.open(id, options));
  }

  /** One more handle beside a living one: a polite adapter would wait without `takeover`. */
  async rival(id: string, storage: RuntimeStorage = this.storage): Promise<RuntimeStore> {
    return this.keep(await storage.open(id, { takeover: true }));
  }

  /** Closes `store` at the end of the case. */
  keep(store: RuntimeStore): RuntimeStore {
    quiet(store);
    this.#opened.push(store);
    return store;
  }

  /** Closes `store` now. */
  async close(store: RuntimeStore): Promise<void> {
    const at = this.#opened.indexOf(store);
    ok(at >= 0, "the kit closes a handle twice");
    this.#opened.splice(at, 1);
    await store.close();
  }

  async closeAll(): Promise<void> {
    for (const store of this.#opened.splice(0)) {
      await store.close();
    }
  }

  /** Commits under a new head, which must be applied; fulfils with that head. */
  async put(store: RuntimeStore, from: string | null, ops: readonly StorageOp[]): Promise<string> {
    const to = this.token();
    equal(await store.commit(change(from, to, ops)), to, "answer to a commit from the present head");
    return to;
  }

  /** Opens a runtime that does not exist yet and creates it. */
  async created(id: string, ops: readonly StorageOp[]): Promise<{ store: RuntimeStore; head: string }> {
    const store = await this.open(id);
    return { store, head: await this.put(store, null, ops) };
  }
}

/** Lets `disturbed` reject without notice: most cases do not look at it. */
export function quiet(store: RuntimeStore): void {
  Promise.resolve(store.disturbed).catch(() => undefined);
}

/** A commit that neither side can change. */
export function change(from: string | null, to: string, ops: readonly StorageOp[]): StorageCommit {
  return Object.freeze({ from, to, ops: Object.freeze(ops.map((op) => Object.freeze(op))) });
}

/** Reads, and checks the shape of the answer. */
export async function read(
  store: RuntimeStore,
  range: { gte: string; lt: string; limit?: number } = ALL,
): Promise<Entry[]> {
  const answer: unknown = await store.read(Object.freeze({ ...range }));
  if (!Array.isArray(answer)) {
    fail(`read answers with an array, not ${show(answer)}`);
  }
  return answer.map((entry: unknown) => {
    if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== "string" || !isBytes(entry[1])) {
      fail(`read answers with pairs of a key and a Uint8Array, not ${show(entry)}`);
    }
    return entry as unknown as Entry;
  });
}

function isBytes(value: unknown): value is Uint8Array {
  // A subclass (Node's Buffer) and an array of another realm are Uint8Arrays too.
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** The keys in `range`, in the order of the answer. */
export async function keys(
  store: RuntimeStore,
  range: { gte: string; lt: string; limit?: number } = ALL,
): Promise<string[]> {
  return (await read(store, range)).map(([key]) => key);
}

/** UTF-8 bytes of a short text, as a value. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** `length` bytes that do not compress, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  const next = random(seed);
  for (let at = 0; at < words.length; at += 1) {
    words[at] = next();
  }
  return new Uint8Array(words.buffer, 0, length).slice();
}

/** A sequence of 32-bit numbers that a seed fixes (xorshift). */
export function random(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    return state;
  };
}

/** Lets what was started go on: a few turns of the event loop. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
  }
}

/** A named body of a case, before it is bound to a storage. */
export interface Case {
  readonly name: string;
  readonly body: (trial: Trial) => Promise<void>;
}

/** Names the cases of one subject. */
export function cases(subject: string, bodies: Record<string, Case["body"]>): Case[] {
  return Object.entries(bodies).map(([name, body]) => ({ name: `${subject}: ${name}`, body }));
}

/** What a host throws may be anything. */
function told(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : show(error);
}

/** Runs one case against a storage of its own, and always disposes of that. */
export async function runCase(
  body: Case["body"],
  makeStorage: MakeStorage,
  timeoutMs: number,
): Promise<void> {
  const subject = await makeStorage();
  const trial = new Trial(subject, timeoutMs);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new AssertionError(`the adapter has not answered within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  const bounded = <T>(work: Promise<T>): Promise<T> => Promise.race([work, overdue]);
  try {
    await bounded(body(trial));
    await bounded(trial.closeAll());
  } catch (error) {
    // What is left open is closed for the sake of whoever runs next; the first error is the one to tell.
    await bounded(trial.closeAll()).catch(() => undefined);
    throw error instanceof AssertionError
      ? error
      : new AssertionError(`the adapter failed: ${told(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    await subject.dispose?.();
  }
}
