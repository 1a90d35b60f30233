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

  /** The first number from `first` on that is kept, `end` where none before that is. */
  nextKept(first: number, end: number): number {
    if (this.kept.size === 0) {
      return end;
    }
    let next = first;
    while (next < end && !this.kept.has(next)) {
      next += 1;
    }
    return next;
  }

  /** Keeps one that is likely to be asked for again; the oldest make room for it. */
  add(number: number, request: WorkerRequest): void {
    if (this.kept.has(number)) {
      return;
    }
    this.units += request.units;
    if (this.units > MAX_UNITS) {
      this.makeRoom();
    }
    this.kept.set(number, request);
  }

  /** Keeps those of many that are gone through: where there is no room, none makes it, or the next round would find none of them. */
  addInPassing(first: number, requests: readonly WorkerRequest[]): void {
    for (let i = 0; i < requests.length; i++) {
      const request = requests[i] as WorkerRequest;
      const units = this.units + request.units;
      if (units <= MAX_UNITS) {
        this.units = units;
        this.kept.set(first + i, request);
      }
    }
  }

  clear(): void {
    this.kept.clear();
    this.units = 0;
  }

  private makeRoom(): void {
    for (const [oldest, { units }] of this.kept) {
      this.kept.delete(oldest);
      this.units -= units;
      if (this.units <= MAX_UNITS) {
        return;
      }
    }
  }
}
