import { nameOf, type Place } from "./place.js";

function openChannel(place: Place, runtimeId: string): BroadcastChannel | undefined {
  try {
    return place.native() ? new BroadcastChannel(nameOf(place, runtimeId)) : undefined;
  } catch {
    // Old, or denied. Whoever would have been told notices at its next call.
    return undefined;
  }
}

/** Calls `heard` whenever another handle has taken the store over or has deleted it; the answer ends that. */
export function listen(place: Place, runtimeId: string, heard: () => void): BroadcastChannel | undefined {
  const channel = openChannel(place, runtimeId);
  if (channel !== undefined) {
    channel.onmessage = heard;
    // In Node.js a channel would keep the process alive.
    (channel as { unref?(): void }).unref?.();
  }
  return channel;
}

/** Tells every handle that listens. */
export function announce(place: Place, runtimeId: string): void {
  const channel = openChannel(place, runtimeId);
  channel?.postMessage(null);
  channel?.close();
}
