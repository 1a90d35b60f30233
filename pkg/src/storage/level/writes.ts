import type { LevelDatabase } from "./database.js";

/** What is known of the writes to one database since it was opened. */
interface State {
  failures: number;
  /** What the first of them that failed failed with; undefined while none has. */
  broken: { readonly error: unknown } | undefined;
  readonly underWay: Set<Promise<unknown>>;
}

/** One for all copies of the package that are loaded in this realm, whatever their version. */
const REGISTRY = Symbol.for("worker-runtime.level-writes");
const realm = globalThis as { [REGISTRY]?: WeakMap<object, State> };
realm[REGISTRY] ??= new WeakMap();
const states = realm[REGISTRY];

/** Nothing was handed over, and nothing is the matter with the database. */
const NOT_OPEN = "LEVEL_DATABASE_NOT_OPEN";

/**
 * Hands a write over at once, and fulfils where it will be there when the database is opened anew.
 *
 * LevelDB goes on after it could not append to its log, for want of room for instance, and acknowledges what it writes
 * behind the torn record; recovery ends there (https://github.com/google/leveldb/blob/main/db/log_reader.cc). So a write
 * that failed is the last one until the database is opened anew, and those beside it count as undecided.
 */
export async function written(database: LevelDatabase, write: () => Promise<unknown>): Promise<void> {
  assertSound(database);
  const state = stateOf(database);
  const { failures, underWay } = state;
  const mine = handedOver(database, state, write);
  underWay.add(mine);
  try {
    await mine;
  } finally {
    underWay.delete(mine);
  }
  // Those may be ahead of it in the log.
  await Promise.allSettled(underWay);
  if (state.failures !== failures) {
    throw new Error("a write beside this one has failed", { cause: stateOf(database).broken?.error });
  }
}

/** Throws where what the database shows may not be there any more when it is opened anew. */
export function assertSound(database: LevelDatabase): void {
  const { broken } = stateOf(database);
  if (broken !== undefined) {
    throw new Error("a write has failed: nothing is certain until the database is closed and opened again", {
      cause: broken.error,
    });
  }
}

async function handedOver(
  database: LevelDatabase,
  state: State,
  write: () => Promise<unknown>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== NOT_OPEN) {
      state.failures += 1;
      state.broken ??= { error };
      database.once?.("open", () => {
        state.broken = undefined;
      });
    }
    throw error;
  }
}

function stateOf(database: object): State {
  const state = states.get(database) ?? { failures: 0, broken: undefined, underWay: new Set() };
  states.set(database, state);
  return state;
}
