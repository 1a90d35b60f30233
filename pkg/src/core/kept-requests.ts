import type { WorkerRequest } from "./workers.js";

/** So many UTF-16 code units of requests are kept: of small ones those of 250,000 Workers. */
const MAX_UNITS = 16 * 1024 * 1024;

/** What Workers were created with, by number: as much of it as there is room for. The core has all of it. */
export class KeptRequests {
  /** Oldest first. */
  private readonly kept = new Map<number, WorkerRequest>();
  private units = 0;

  get(number: number): WorkerRequest | undefined {
    return this.kept.get(number);
  }

  /** Keeps one that is likely to be asked for again; the oldest make room for it. */
  add(number: number, request: WorkerRequest): void {
    if (this.kept.has(number)) {
      return;
    }
    this.units += request.units;
    for (const [oldest, { units }] of this.kept) {
      if (this.units <= MAX_UNITS) {
        break;
      }
      this.kept.delete(oldest);
      this.units -= units;
    }
    this.kept.set(number, request);
  }

  /** Keeps one of many that are gone through: where there is no room, none makes it, or the next round would find none of them. */
  addInPassing(number: number, request: WorkerRequest): void {
    if (this.units + request.units <= MAX_UNITS) {
      this.add(number, request);
    }
  }

  clear(): void {
    this.kept.clear();
    this.units = 0;
  }
}
