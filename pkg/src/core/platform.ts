/**
 * Types of the host that a program may compile without: those of Node.js have no `WebAssembly`, and then nobody has a value of
 * them to pass. So the declarations ask for no `lib` of their own.
 */
type Declared<Name extends string> = typeof globalThis extends {
  WebAssembly: { [N in Name]: { prototype: infer T } };
}
  ? T
  : never;

export type CompiledModule = Declared<"Module">;
/** A compiled module, or the bytes of one. */
export type ModuleSource = CompiledModule | ArrayBuffer | Uint8Array;
export type ModuleMemory = Declared<"Memory">;
