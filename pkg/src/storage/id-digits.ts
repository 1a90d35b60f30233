/**
 * A runtime id as two hexadecimal digits for each byte of its UTF-8: of few characters, whatever it is made of, ordered as
 * the bytes are, and ended by any character that comes before the digits.
 */
export function digitsOf(runtimeId: string): string {
  const bytes = Array.from(new TextEncoder().encode(runtimeId));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function idOf(digits: string): string {
  const bytes = Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
