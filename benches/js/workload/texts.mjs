/* Contents drawn from a seed: the same ones for every subject and every run. */

const WORDS =
  `the of and to in is that it was for on are with as his they be at one have this from or had by word but what some we can out other were
all there when up use your how said an each she which do their time if will way about many then them write would like so these her long
make thing see him two has look more day could go come did number sound no most people my over know water than call first who may down
side been now find function return error value const request response timeout retry file line user tool json stream token`.split(
    /\s+/,
  );

const OTHER_SCRIPTS = [
  "水をやる",
  "Пожалуйста",
  "ευχαριστώ",
  "पानी",
  "🌱",
  "👩‍🌾",
  "שלום",
  "花",
  "größer",
  "naïve",
];

/** A small generator of numbers from 0 up to 1 (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function text(random, words, length) {
  const parts = [];
  for (let have = 0; have < length; ) {
    const word = words[Math.floor(random() * words.length)];
    parts.push(word);
    have += word.length + 1;
  }
  return parts.join(" ");
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * As a text comes from the network or from a field of a page: one flat string. What was joined is a tree of its parts
 * until somebody looks into it, and whoever looks first would pay for making it flat.
 */
export const flat = (joined) => decoder.decode(encoder.encode(joined));

/**
 * `count` different texts of 150 to 250 characters. `foreign`: which part of them has words outside Latin-1. Each is
 * one flat string of its own.
 */
export function texts(count, { seed = 1, foreign = 0 } = {}) {
  const random = generator(seed);
  const mixed = [...WORDS, ...OTHER_SCRIPTS, ...OTHER_SCRIPTS];
  const made = [];
  for (let at = 0; at < count; at++) {
    const words = random() < foreign ? mixed : WORDS;
    made.push(flat(`${at} ${text(random, words, 145 + random() * 95)}`));
  }
  return made;
}
