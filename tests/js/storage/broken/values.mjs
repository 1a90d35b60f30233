import { broken } from "./plain.mjs";

export const brokenValues = [
  broken("keeps values as text", "values", {
    store: () => ({ keep: (value) => new TextEncoder().encode(new TextDecoder().decode(value)) }),
  }),
  broken("takes an empty value for a deletion", "values", {
    store: (base) => ({
      applyOp(key, value) {
        base.applyOp.call(this, key, value?.length === 0 ? null : value);
      },
    }),
  }),
  broken("does not write an empty value", "values", {
    store: (base) => ({
      applyOp(key, value) {
        if (value?.length !== 0) {
          base.applyOp.call(this, key, value);
        }
      },
    }),
  }),
  broken("keeps the whole buffer behind a value", "values", {
    store: () => ({ keep: (value) => new Uint8Array(value.buffer.slice(0)) }),
  }),
  broken("counts the length of a value in 16 bits", "values", {
    store: () => ({ keep: (value) => value.slice(0, value.length % 65_536) }),
  }),
  broken("refuses values of 1 MiB", "values", {
    store: (base) => ({
      async commit(commit) {
        if (commit.ops.some(([, value]) => value?.length === 1_048_576)) {
          throw new Error("too large");
        }
        return base.commit.call(this, commit);
      },
    }),
  }),
  broken("refuses commits above 2 MiB", "values", {
    store: (base) => ({
      async commit(commit) {
        if (commit.ops.reduce((sum, [, value]) => sum + (value?.length ?? 0), 0) > 2_097_152) {
          throw new Error("too large");
        }
        return base.commit.call(this, commit);
      },
    }),
  }),
  broken("leaves the end of a longer value behind a shorter one", "values", {
    store: () => ({
      applyOp(key, value) {
        if (value === null) {
          this.shelf.records.delete(key);
          return;
        }
        const old = this.shelf.records.get(key) ?? new Uint8Array(0);
        const kept = new Uint8Array(Math.max(old.length, value.length));
        kept.set(old);
        kept.set(value);
        this.shelf.records.set(key, kept);
      },
    }),
  }),
  broken("takes zeros at the end of a value for padding", "values", {
    store: () => ({
      keep(value) {
        let end = value.length;
        while (end > 0 && value[end - 1] === 0) {
          end -= 1;
        }
        return value.slice(0, end);
      },
    }),
  }),
  broken("takes a byte order mark off", "values", {
    store: () => ({
      keep: (value) => (value[0] === 0xef && value[1] === 0xbb && value[2] === 0xbf ? value.slice(3) : value),
    }),
  }),
  broken("translates line ends", "values", {
    store: () => ({
      keep: (value) => value.filter((byte, at) => !(byte === 0x0d && value[at + 1] === 0x0a)),
    }),
  }),
  broken("answers with array buffers", "values", {
    store: () => ({ give: (value) => value.slice().buffer }),
  }),
  broken("answers with arrays of numbers", "values", { store: () => ({ give: (value) => [...value] }) }),
  broken("keeps equal values once and changes them for all keys", "values", {
    store: () => ({
      applyOp(key, value) {
        if (value === null) {
          this.shelf.records.delete(key);
          return;
        }
        const old = this.shelf.records.get(key);
        for (const [other, present] of this.shelf.records) {
          if (present === old) {
            this.shelf.records.set(other, value);
          }
        }
        const equal = [...this.shelf.records.values()].find(
          (present) => Buffer.compare(present, value) === 0,
        );
        this.shelf.records.set(key, equal ?? value);
      },
    }),
  }),
  broken("gives the buffer that it keeps", "buffers", {
    store: () => ({ keep: (value) => value.slice(), give: (value) => value }),
  }),
  broken("gives the buffer that was committed, until it is read once", "buffers", {
    store: () => ({ give: (value) => value }),
  }),
  broken("wipes the buffers of a commit", "buffers", {
    store: () => ({
      keep(value) {
        const kept = value.slice();
        value.fill(0);
        return kept;
      },
    }),
  }),
  broken("encrypts the buffers of a commit in place", "buffers", {
    store: () => ({
      keep(value) {
        for (const [at, byte] of value.entries()) {
          value[at] = byte ^ 0x55;
        }
        return value;
      },
      give: (value) => value.map((byte) => byte ^ 0x55),
    }),
  }),
  broken("takes the buffers of a commit away", "buffers", {
    store: () => ({
      keep: (value) =>
        value.byteLength === value.buffer.byteLength
          ? structuredClone(value, { transfer: [value.buffer] })
          : value.slice(),
    }),
  }),
  broken("gives one buffer for equal values of a read", "buffers", {
    store: (base) => ({
      async read(range) {
        const given = new Map();
        return (await base.read.call(this, range)).map(([key, value]) => {
          const name = Buffer.from(value).toString("latin1");
          given.set(name, given.get(name) ?? value);
          return [key, given.get(name)];
        });
      },
    }),
  }),
  broken("gives the same list again as long as nothing changes", "buffers", {
    store: (base) => ({
      async read(range) {
        const name = `${this.shelf.head} ${JSON.stringify(range)}`;
        this.answers ??= new Map();
        this.answers.set(name, this.answers.get(name) ?? (await base.read.call(this, range)));
        return this.answers.get(name);
      },
    }),
  }),
];
