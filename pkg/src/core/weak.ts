/** Weak references and finalizers; workerd has none under compatibility dates before May 2025. */

/** What a `WeakRef` does; where the host has none, the value is kept. */
export interface Reference<T> {
  deref(): T | undefined;
}

export const referenceTo: <T extends object>(value: T) => Reference<T> =
  typeof WeakRef === "function" ? (value) => new WeakRef(value) : (value) => ({ deref: () => value });

/** `undefined` where the host has no finalizers: what is dropped there without a word is never freed. */
export function finalizers<T>(finalize: (held: T) => void): FinalizationRegistry<T> | undefined {
  return typeof FinalizationRegistry === "function" ? new FinalizationRegistry(finalize) : undefined;
}
