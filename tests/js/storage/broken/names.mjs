import path from "node:path";
import { broken } from "./plain.mjs";

/** Ids that `nameOf` takes for the same share a store. */
function confusing(name, caughtBy, nameOf) {
  return broken(name, caughtBy, { storage: () => ({ nameOf }) });
}

/** All runtimes' records in one map under `id + separator + key`. */
function joined(separator) {
  return broken(`keeps all records under id, ${separator} and key`, "isolation", {
    storage: () => ({
      all: undefined,
      remove(shelf) {
        shelf.head = null;
        for (const key of [...(this.all?.keys() ?? [])]) {
          if (key.startsWith(shelf.id + separator)) {
            this.all.delete(key);
          }
        }
      },
    }),
    store: () => ({
      applyOp(key, value) {
        this.storage.all ??= new Map();
        const full = this.shelf.id + separator + key;
        value === null ? this.storage.all.delete(full) : this.storage.all.set(full, value);
      },
      async read({ gte, lt, limit }) {
        const prefix = this.shelf.id + separator;
        return [...(this.storage.all ?? [])]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, value]) => [key.slice(prefix.length), value.slice()])
          .filter(([key]) => gte <= key && key < lt)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .slice(0, limit);
      },
    }),
  });
}

/** A list in another order, or of other things. */
function listing(name, list) {
  return broken(name, "list", {
    storage: () => ({
      async list() {
        return list.call(this, this.listed());
      },
    }),
  });
}

/** Ids that are refused. */
function refusing(name, caughtBy, refused) {
  return broken(name, caughtBy, {
    storage: (base) => ({
      async open(id, options) {
        if (refused(id)) {
          throw new TypeError("unusable id");
        }
        return base.open.call(this, id, options);
      },
    }),
  });
}

export const brokenNames = [
  confusing("takes ids in lower case", "isolation", (id) => id.toLowerCase()),
  confusing("folds the case of ASCII only", "isolation", (id) =>
    id.replace(/[A-Z]/g, (c) => c.toLowerCase()),
  ),
  confusing("normalizes ids", "isolation", (id) => id.normalize("NFC")),
  confusing("normalizes ids for compatibility", "isolation", (id) => id.normalize("NFKC")),
  confusing("takes blanks off ids", "isolation", (id) => id.trim()),
  confusing("resolves ids as paths", "isolation", (id) => path.posix.normalize(id)),
  confusing("puts an underscore for every slash", "isolation", (id) => id.replace(/[/\\]/g, "_")),
  confusing("puts an underscore for all but letters", "isolation", (id) => id.replace(/[^a-z0-9-]/gi, "_")),
  confusing("decodes ids as if they were parts of a URL", "isolation", (id) => {
    try {
      return decodeURIComponent(id);
    } catch {
      return id;
    }
  }),
  confusing("cuts ids at 255 characters", "isolation", (id) => id.slice(0, 255)),
  confusing("ends ids at a null character", "isolation", (id) => id.split("\u0000")[0]),
  confusing("takes ids that are numbers for numbers", "isolation", (id) =>
    id.trim() !== "" && Number.isFinite(Number(id)) ? String(Number(id)) : id,
  ),
  confusing("keeps ids in Latin-1", "isolation", (id) => Buffer.from(id, "latin1").toString("latin1")),
  confusing("keeps the first half of surrogate pairs", "isolation", (id) =>
    id.replace(/[\udc00-\udfff]/g, ""),
  ),
  confusing("drops what cannot be seen", "isolation", (id) => id.replace(/\p{Cf}/gu, "")),
  confusing("takes the ends of ids off as Windows does", "isolation", (id) => id.replace(/[. ]+$/, "")),
  confusing("has one store for all", "isolation", () => "the store"),
  joined("/"),
  joined(":"),
  joined("!"),
  refusing("refuses ids of dots", "ids", (id) => /^\.+$/.test(id)),
  refusing("refuses ids with a slash", "ids", (id) => id.includes("/")),
  refusing("refuses ids that a file system cannot name", "ids", (id) => encodeURIComponent(id).length > 255),
  refusing("refuses ids with a null character", "ids", (id) => id.includes("\u0000")),
  refusing("counts the bytes of ids in UTF-16", "ids", (id) => id.length * 2 > 256),
  listing("lists in the order of UTF-16 code units", (ids) => ids.sort()),
  listing("lists as a language would order", (ids) => ids.sort((a, b) => a.localeCompare(b, "en"))),
  listing("lists in the order of creation", (ids) => ids),
  listing("lists in descending order", (ids) => ids.sort().reverse()),
  listing("lists what is encoded", (ids) => ids.sort().map(encodeURIComponent)),
  listing("lists nothing", () => []),
  listing("lists at most 50", (ids) => ids.sort().slice(0, 50)),
  listing("lists each commit", (ids) => ids.flatMap((id) => [id, id])),
  listing("lists records with their ids", (ids) => ids.map((id) => ({ id }))),
  listing("gives its own list", function (ids) {
    this.own ??= [];
    this.own.push(...ids.filter((id) => !this.own.includes(id) && !this.told?.has(id)));
    this.told = new Set([...(this.told ?? []), ...ids]);
    return this.own;
  }),
  broken("lists what was opened", "list", {
    storage: (base) => ({
      listed() {
        return [...this.shelves.values()].map((shelf) => shelf.id);
      },
      async list() {
        return base.list.call(this);
      },
    }),
  }),
  broken("lists runtimes with records", "list", {
    storage: () => ({
      listed() {
        return [...this.shelves.values()].filter((shelf) => shelf.records.size > 0).map((shelf) => shelf.id);
      },
    }),
  }),
];
