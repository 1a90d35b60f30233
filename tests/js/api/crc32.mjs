/** CRC-32 (IEEE 802.3) of a text's UTF-8, bit by bit: another way to compute it than the package's. */
export function crc32(text) {
  let state = 0xffff_ffff;
  for (const byte of Buffer.from(text, "utf8")) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      state = (state >>> 1) ^ (state & 1 ? 0xedb8_8320 : 0);
    }
  }
  return ((state ^ 0xffff_ffff) >>> 0).toString(16).padStart(8, "0");
}
