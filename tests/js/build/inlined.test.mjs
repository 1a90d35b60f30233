import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bytesOf } from "../../../pkg/modules/core/ascii.js";
import { spelt } from "../../../pkg/modules/generated/wasm-bytes.js";
import { inlined } from "../../../scripts/build/inlined.mjs";
import { moduleFile, namedModuleFile } from "../../../scripts/build/module.mjs";
import { CODE, DATA, sectionsOf } from "../../../scripts/shared/wasm-binary.mjs";
import { moduleOf, randomFunction, signed, unsigned } from "./modules.mjs";

const END = 0x0b;
const NOTHING = [[], [END]];

function readsBack(module, message) {
  const made = inlined(module);
  assert.match(made.text, /^[ !#%&(-;=-[\]-_a-~]*$/, "ASCII that needs no escape anywhere");
  assert.ok(module.equals(bytesOf(made)), message);
}

/** Numbers of a seed: mulberry32. */
function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

test("the package's module is what was built", () => {
  assert.ok(readFileSync(moduleFile).equals(bytesOf(spelt)));
});

test("the package's module has nothing below 1 KiB, as its optimiser is told", () => {
  const module = readFileSync(moduleFile);
  const { content } = [...sectionsOf(module)].find(({ number }) => number === DATA);
  for (let left = content.integer(); left > 0; left--) {
    assert.deepEqual([content.byte(), content.byte()], [0, 0x41], "active, at a constant");
    assert.ok(content.integer() >= 1024);
    assert.equal(content.byte(), END);
    content.part();
  }
  assert.ok(content.isAtEnd);
});

test("the parts of the reader are functions of their own", () => {
  const { content } = [...sectionsOf(Buffer.from(spelt.reader))].find(({ number }) => number === CODE);
  assert.equal(
    content.integer(),
    5,
    "read, spelling, three parts; those that do equally many functions are merged",
  );
});

test("a module with names is read back", () => readsBack(readFileSync(namedModuleFile)));

test("functions of every length are read back", () => {
  // Around the lengths whose sizes take a byte more.
  for (const length of [0, 1, 124, 125, 126, 127, 128, 16_380, 16_381, 16_382, 16_383, 16_384, 100_000]) {
    readsBack(moduleOf([NOTHING, [[], [...new Array(length).fill(0x01), END]], NOTHING]), `${length} nops`);
  }
});

test("each instruction with something behind it is read back alone", () => {
  const instructions = [
    [0x02, 0x40, END],
    [0x03, 0x7f, END],
    [0x04, ...signed(70), 0x05, END],
    [0x0c, ...unsigned(200)],
    [0x0e, 0, 1],
    [0x0e, 3, 0, ...unsigned(130), 2, 3],
    [0x0e, 127, ...new Array(128).fill(0)],
    [0x10, ...unsigned(100_000)],
    [0x11, ...unsigned(300), 0],
    [0x20, 0],
    [0x22, ...unsigned(50_000)],
    [0x24, ...unsigned(128)],
    [0x28, 0, ...unsigned(2 ** 32 - 1)],
    [0x3e, 0, 0],
    [0x3f, 0],
    [0x41, ...signed(-(2 ** 31))],
    [0x42, ...signed(-(2n ** 63n))],
    [0x43, 255, 11, 128, 2],
    [0x44, 11, 11, 255, 128, 3, 4, 14, 11],
    [0xc4],
    [0xfc, 0x02],
    [0xfc, 0x0a, 0, 0],
    [0xfc, 0x0b, 0],
  ];
  for (const instruction of instructions) {
    readsBack(moduleOf([[[[2, 0x7f]], [...instruction, END]], NOTHING]), instruction.slice(0, 4).join(" "));
  }
});

test("random functions are read back", () => {
  const rounds = Number(process.env.INLINED_ROUNDS ?? 150);
  for (let round = 0; round < rounds; round++) {
    const seed = Number(process.env.INLINED_SEED ?? randomInt(2 ** 32));
    const random = randomOf(seed);
    const functions = Array.from({ length: 1 + random(20) }, () => randomFunction(random, random(400)));
    const data = Buffer.from(Array.from({ length: random(300) }, () => random(256)));
    readsBack(moduleOf(functions, data), `INLINED_SEED=${seed}`);
  }
});

test("data of any bytes is read back, up to and over the pages of the reader's memory", () => {
  const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const samples = [
    Buffer.alloc(0),
    Buffer.alloc(1_000, 255),
    every,
    Buffer.from(every).reverse(),
    randomBytes(70_000),
  ];
  // The text and the module take half of it each, behind half a page.
  for (let more = -300; more <= 0; more += 1) samples.push(Buffer.alloc(49_152 + more, "a"));
  for (const data of samples) readsBack(moduleOf([NOTHING], data), `${data.length} bytes`);
});

test("what cannot be taken apart is refused when the package is built", () => {
  const refused = (instructions, message) =>
    assert.throws(() => inlined(moduleOf([NOTHING, [[], [...instructions, END]]])), message);
  refused([0xfd, 0x0c], /^Error: function 1 has an instruction 0xfd: say in scripts\/build\/opcodes\.mjs/);
  refused([0xfc, 0x08, 0, 0], /^Error: function 1 has an instruction 0xfc 0x8: /);
  refused([0x0e, ...unsigned(128), ...new Array(129).fill(0)], /^Error: function 1 has a list of 128$/);
  refused([0x28, 2, 0], /^Error: function 1 has an alignment$/);
  refused([END], /^Error: function 1 goes on behind its end$/);
});
