/** Where a storage lives, and what its host offers beside IndexedDB. Nothing is looked up before it is used. */
export interface Place {
  readonly databaseName: string;
  readonly durability: "strict" | "relaxed";
  factory(): IDBFactory | null | undefined;
  /** Whether the factory is the host's own: only then do its locks, channels and local storage belong to it. */
  native(): boolean;
  /** What tells databases of the same name in one page apart. */
  owner(): object;
}

export function makePlace(
  databaseName: string,
  durability: "strict" | "relaxed",
  injected: IDBFactory | undefined,
): Place {
  const native = () => injected === undefined || injected === globalThis.indexedDB;
  return {
    databaseName,
    durability,
    factory: () => injected ?? globalThis.indexedDB,
    native,
    owner: () => (injected === undefined || native() ? globalThis : injected),
  };
}

/** The name of one runtime's lock, channel and witness: no two pairs of database and id have the same. */
export function nameOf(place: Place, runtimeId: string): string {
  return `worker-runtime:${JSON.stringify([place.databaseName, runtimeId])}`;
}
