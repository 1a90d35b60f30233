import type { Disk, FileStatus } from "./disk.js";
import { StorageCorrupt } from "./errors.js";
import { decodeHeader, type Header, MAX_HEADER_LENGTH } from "./header.js";

/** One file of the log, held open. It is closed once nobody holds it any more. */
export class Segment {
  readonly #disk: Disk;
  readonly file: number;
  /** The name under which it was found, for messages. */
  readonly path: string;
  readonly header: Header;
  readonly headerLength: number;
  readonly status: FileStatus;
  #holders = 1;

  constructor(
    disk: Disk,
    file: number,
    path: string,
    header: Header,
    headerLength: number,
    status: FileStatus,
  ) {
    this.#disk = disk;
    this.file = file;
    this.path = path;
    this.header = header;
    this.headerLength = headerLength;
    this.status = status;
  }

  /** Opens a segment to read it. Fails with `ENOENT` where the name is gone, with `StorageCorrupt` where it is damaged. */
  static async open(disk: Disk, path: string): Promise<Segment> {
    const file = await disk.open(path, "read");
    try {
      const status = await disk.statusOpen(file);
      let bytes = Buffer.alloc(Math.min(4096, status.length));
      let length = await disk.read(file, bytes, 0);
      if (bytes.subarray(0, length).filter((byte) => byte === 10).length < 3) {
        bytes = Buffer.alloc(Math.min(MAX_HEADER_LENGTH, status.length));
        length = await disk.read(file, bytes, 0);
      }
      const decoded = decodeHeader(bytes.subarray(0, length), path);
      return new Segment(disk, file, path, decoded.header, decoded.length, status);
    } catch (error) {
      await disk.close(file);
      throw error;
    }
  }

  /** Only for a segment that somebody else holds: a closed file is not opened again. */
  hold(): void {
    this.#holders += 1;
  }

  async release(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders === 0) {
      try {
        await this.#disk.close(this.file);
      } catch {
        // What was to be kept of it has been synced before, and there is nobody whom it could tell anything.
      }
    }
  }

  /** Whether `path` names this very file. */
  async isAt(path: string): Promise<boolean> {
    const found = await this.#disk.status(path);
    return found !== null && found.inode === this.status.inode && found.device === this.status.device;
  }

  damaged(message: string, offset?: number, key?: string): StorageCorrupt {
    return new StorageCorrupt(message, {
      path: this.path,
      ...(offset === undefined ? {} : { offset }),
      ...(key === undefined ? {} : { key }),
    });
  }
}
