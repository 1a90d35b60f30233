// Bytes as printable ASCII of which a compressor still sees the pattern: a byte that is frequent is one character, any
// other is two. Base64, which cuts across bytes, hides it, so that the module would have to be compressed before it,
// and a page's own compression could do no better than that.

/** Printable ASCII without what a string literal, a template or a script in a page would have to escape. */
const ALPHABET = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
  .filter((character) => !"\"'`\\$<".includes(character))
  .join("");

/** How many bytes are one character: with fewer the text is longer, with more it compresses no better. */
const SINGLES = 80;

/**
 * `bytes` as text over `alphabet`. `order` has every byte once; the first `singles` of it are one character each, by
 * their place. The place of any other is `singles` + n·(length of the alphabet) + m: the characters `singles` + n and m.
 */
export function asciiOf(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte] += 1;
  const byFrequency = counts.map((_, byte) => byte).sort((a, b) => counts[b] - counts[a] || a - b);
  // Neighbours stay neighbours, because they are used alike.
  const ascending = (part) => part.sort((a, b) => a - b);
  const order = [...ascending(byFrequency.slice(0, SINGLES)), ...ascending(byFrequency.slice(SINGLES))];
  const spelt = new Array(256);
  order.forEach((byte, place) => {
    const beyond = place - SINGLES;
    spelt[byte] =
      beyond < 0
        ? ALPHABET[place]
        : ALPHABET[SINGLES + Math.floor(beyond / ALPHABET.length)] + ALPHABET[beyond % ALPHABET.length];
  });
  const text = Array.from(bytes, (byte) => spelt[byte]).join("");
  return {
    alphabet: ALPHABET,
    frequent: spelt.map(({ length }) => (length === 1 ? 1 : 0)).join(""),
    singles: SINGLES,
    text,
  };
}
