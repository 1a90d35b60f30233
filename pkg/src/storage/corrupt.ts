/**
 * What a medium gives is not what was written to it, and it knows. Recognised by `name` ("StorageCorrupt") and, where
 * one record is to blame, its `key`.
 */
export class StorageCorrupt extends Error {
  override readonly name = "StorageCorrupt";
}
