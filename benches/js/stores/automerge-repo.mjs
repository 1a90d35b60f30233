/* automerge-repo's adapter: one `save` of a chunk of bytes. */
import { IndexedDBStorageAdapter } from "@automerge/automerge-repo-storage-indexeddb";

export async function open(name) {
  const adapter = new IndexedDBStorageAdapter(name);
  const encoder = new TextEncoder();
  let sequence = 0;
  return {
    append(content) {
      sequence += 1;
      return adapter.save(["messages", "incremental", String(sequence)], encoder.encode(content));
    },
    close() {},
  };
}
