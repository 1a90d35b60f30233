/** The own field of an object, read once; what stands on a prototype is nothing that anybody gave. */
export function own<T extends object, K extends keyof T>(holder: T | undefined, key: K): T[K] | undefined {
  return holder !== undefined && Object.hasOwn(holder, key) ? holder[key] : undefined;
}
