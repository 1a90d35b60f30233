/** Has a service worker keep the page for when there is no network. */

/** What begins the names of the kept versions. */
const VERSION = "worker-runtime console ";

/** Registers the service worker; has one that is there already keep what the server has now. */
export async function keepForOffline() {
  try {
    const { active } = (await navigator.serviceWorker?.getRegistration()) ?? {};
    if (active) active.postMessage("keep");
    else await navigator.serviceWorker?.register("service-worker.js");
  } catch {
    // Where the browser allows no service worker the page needs its server.
  }
}

/** The version that is kept; `undefined` where there is none. */
export async function keptVersion() {
  try {
    const names = await caches.keys();
    return names.find((name) => name.startsWith(VERSION))?.slice(VERSION.length);
  } catch {
    return undefined;
  }
}
