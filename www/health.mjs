/** How well this browser keeps what is stored: for how long, and how much of it still fits. */
import { byId, setText } from "./dom.mjs";
import { keptVersion } from "./offline.mjs";

const units = ["B", "KB", "MB", "GB", "TB"];

/** A size with a unit: "0 B", "1.5 MB". */
export function sizeText(bytes) {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power > 0 && value < 10 ? 1 : 0)} ${units[power]}`;
}

/** `true`, `false`, or `undefined` where the browser doesn't say. */
export async function isPersisted() {
  try {
    return await navigator.storage.persisted();
  } catch {
    return undefined;
  }
}

async function estimate() {
  try {
    return await navigator.storage.estimate();
  } catch {
    return undefined;
  }
}

const persistence = {
  true: ["Persisted", "The browser keeps it until you clear this site's data."],
  false: [
    "Best effort",
    "The browser may clear it when the disk gets full: ask it to persist, and export what matters.",
  ],
  undefined: ["Not known", "This browser doesn't say whether it keeps what is stored: export what matters."],
};

/** Shows persistence and room in the dialog. */
export async function showHealth() {
  const [persisted, room, version] = await Promise.all([isPersisted(), estimate(), keptVersion()]);
  setText(byId("health-offline"), version === undefined ? "Not kept yet" : `Version ${version.slice(0, 7)}`);
  const [name, sentence] = persistence[persisted];
  setText(byId("health-persistence"), name);
  byId("health-persistence").dataset.persisted = String(persisted);
  setText(byId("health-advice"), sentence);
  byId("health-persist").hidden = persisted !== false;
  const known = room?.quota > 0;
  setText(byId("health-used"), known ? sizeText(room.usage) : "Not known");
  setText(byId("health-left"), known ? sizeText(Math.max(0, room.quota - room.usage)) : "Not known");
  byId("health-room").hidden = !known;
  if (known) byId("health-room").value = room.usage / room.quota;
}

/** Wires the button that asks the browser to persist; `changed` is called when it has answered. */
export function wirePersistence({ changed }) {
  const button = byId("health-persist");
  button.addEventListener("click", async () => {
    const granted = await navigator.storage.persist().catch(() => false);
    await showHealth();
    if (granted) {
      button.closest("dialog").focus();
    } else {
      setText(
        byId("health-advice"),
        "The browser has declined for now: bookmark or install this page and ask again, and export what matters.",
      );
    }
    changed();
  });
}
