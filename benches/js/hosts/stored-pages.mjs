/* Pages of a browser with the programs for stores in IndexedDB. */

/** Has a program of `programs/stored-indexeddb.mjs` run in the page. */
export const call = (tab, name, ...args) =>
  tab.evaluate(
    async ([name, args]) => (await import("/benches/programs/stored-indexeddb.mjs"))[name](...args),
    [name, args],
  );

/** Has `work` done in a page of its own, in which the module is loaded. */
export async function freshPage(renew, work) {
  const { tab, session } = await renew();
  try {
    await call(tab, "loadModule");
    return await work(tab, session);
  } finally {
    await tab.close();
  }
}
