/** For `../processes/appender.mjs`: the place is `<folder>?<kind of object>?<bundle>`. */
import { packagesOf } from "../hosts/hosts.mjs";
import { remoteStorage } from "./remote.mjs";
import { host } from "./support.mjs";

export async function openStorage(place) {
  const [folder, kind, script] = place.split("?");
  const { folder: packages } = await packagesOf("workerd");
  const { ask, end } = host({ packages, script }, folder);
  return { ...remoteStorage(ask, kind), end };
}
