// The sizes as tables of texts, beside those of the last release.
import { change } from "./growth.mjs";

export const kibibytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

/** What is downloaded: a row for each name, with the growth of what brotli leaves. */
export function downloadRows({ downloads }, before) {
  const rows = Object.entries(downloads).map(([name, { raw, gzip, brotli }]) => [
    name,
    ...[raw, gzip, brotli].map(kibibytes),
    ...(before ? [change(brotli, before.downloads[name]?.brotli)] : []),
  ]);
  return [["", "raw", "gzip 9", "brotli 11", ...(before ? [`since ${before.version}`] : [])], ...rows];
}

/** What the JavaScript is made of, in minified bytes; the column of growth is left out where the last release did not tell. */
export function scriptRows({ scripts }, before) {
  const earlier = before?.scripts;
  const rows = Object.entries(scripts).map(([name, bytes]) => [
    name,
    bytes,
    ...(earlier ? [change(bytes, earlier[name])] : []),
  ]);
  return [["JavaScript", "bytes", ...(earlier ? [`since ${before.version}`] : [])], ...rows];
}

/** What the module is made of, in bytes; origins of less than `least` are summed up. */
export function moduleRows(sizes, before, least = 1024) {
  const rows = [];
  for (const part of ["sections", "code"]) {
    const small = { now: 0, earlier: 0, count: 0 };
    for (const [name, bytes] of Object.entries(sizes[part])) {
      const earlier = before?.[part][name];
      if (part === "code" && bytes < least) {
        small.now += bytes;
        small.earlier += earlier ?? 0;
        small.count += 1;
      } else {
        rows.push([
          part === "code" ? name : `section ${name}`,
          bytes,
          ...(before ? [change(bytes, earlier)] : []),
        ]);
      }
    }
    if (small.count > 0)
      rows.push([`${small.count} others`, small.now, ...(before ? [change(small.now, small.earlier)] : [])]);
  }
  return [["module", "bytes", ...(before ? [`since ${before.version}`] : [])], ...rows];
}
