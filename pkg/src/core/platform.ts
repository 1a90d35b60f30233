/**
 * Types of the host that a program may compile without: those of Node.js have no `WebAssembly`, and then nobody has a value of
 * them to pass; nor has it IndexedDB. So the declarations ask for no `lib` of their own.
 */
type Declared<Name extends string> = typeof globalThis extends {
  WebAssembly: { [N in Name]: { prototype: infer T } };
}
  ? T
  : never;

/** A page's factory of databases; without its types, whatever is passed in its place. */
export type DatabaseFactory = typeof globalThis extends { IDBFactory: { prototype: infer T } } ? T : object;

export type CompiledModule = Declared<"Module">;
/** A compiled module, or the bytes of one. */
export type ModuleSource = CompiledModule | ArrayBuffer | Uint8Array;
export type ModuleMemory = Declared<"Memory">;
