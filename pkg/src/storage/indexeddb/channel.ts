/** Calls `heard` whenever somebody else has taken over or deleted the store of this name. */
export function openChannel(name: string, heard?: () => void): BroadcastChannel | undefined {
  try {
    const channel = new BroadcastChannel(name);
    if (heard !== undefined) {
      channel.onmessage = heard;
    }
    // In Node.js it would keep the process alive.
    (channel as { unref?(): void }).unref?.();
    return channel;
  } catch {
    // Too old, or denied. Whoever would have been told notices at the next call.
    return undefined;
  }
}
