/** The envelope of stored records, written a second time from its description: so that tests can make well-formed ones. */

const MASK = (1n << 64n) - 1n;
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

const rotate = (value, by) => ((value << by) | (value >> (64n - by))) & MASK;
const round = (state, input) => (rotate((state + input * P2) & MASK, 31n) * P1) & MASK;
const merge = (hash, state) => ((hash ^ round(0n, state)) * P1 + P4) & MASK;

/** XXH64, as xxhash.com describes it. */
export function xxh64(bytes, seed = 0n) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength;
  let at = 0;
  let hash;
  if (length >= 32) {
    const states = [seed + P1 + P2, seed + P2, seed, seed - P1].map((state) => state & MASK);
    for (; at + 32 <= length; at += 32) {
      for (let lane = 0; lane < 4; lane++) {
        states[lane] = round(states[lane], view.getBigUint64(at + lane * 8, true));
      }
    }
    const [a, b, c, d] = states;
    hash = (rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n)) & MASK;
    for (const state of states) {
      hash = merge(hash, state);
    }
  } else {
    hash = (seed + P5) & MASK;
  }
  hash = (hash + BigInt(length)) & MASK;
  for (; at + 8 <= length; at += 8) {
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & MASK;
  }
  if (at + 4 <= length) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < length; at++) {
    hash = (rotate(hash ^ ((BigInt(bytes[at]) * P5) & MASK), 11n) * P1) & MASK;
  }
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}

/** A root record with a checksum that fits what stands behind it. */
export function sealRoot(runtimeId, value) {
  const encoder = new TextEncoder();
  const seed = xxh64(encoder.encode(runtimeId));
  const key = encoder.encode("root");
  const hashed = new Uint8Array(8 + key.length + value.length - 8);
  new DataView(hashed.buffer).setBigUint64(0, BigInt(key.length), true);
  hashed.set(key, 8);
  hashed.set(value.subarray(8), 8 + key.length);
  const sealed = value.slice();
  new DataView(sealed.buffer).setBigUint64(0, xxh64(hashed, seed), true);
  return sealed;
}
