/** Where a storage lives. What the host offers is looked up when it is used, never before. */
export interface Place {
  readonly databaseName: string;
  readonly durability: "strict" | "relaxed";
  factory(): IDBFactory | null | undefined;
  /** Whether the factory is the host's own: only then does a key range or local storage of the host belong to it. */
  native(): boolean;
  /** The name of one runtime's lock, channel and witness: no two stores have the same. */
  nameOf(runtimeId: string): string;
}

/** What tells the databases of injected factories apart from those of the host. */
const scopes = new WeakMap<IDBFactory, string>();

export function makePlace(
  databaseName: string,
  durability: "strict" | "relaxed",
  injected: IDBFactory | undefined,
): Place {
  const native = () => injected === undefined || injected === globalThis.indexedDB;
  return {
    databaseName,
    durability,
    native,
    factory: () => injected ?? globalThis.indexedDB,
    nameOf(runtimeId) {
      const path = [databaseName, runtimeId];
      if (injected !== undefined && !native()) {
        const scope = scopes.get(injected) ?? `${performance.now()} ${Math.random()}`;
        scopes.set(injected, scope);
        path.unshift(scope);
      }
      return `worker-runtime:${JSON.stringify(path)}`;
    },
  };
}
