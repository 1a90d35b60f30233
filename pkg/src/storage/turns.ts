/** Who is next to change what has a name in some medium. */
type Turns = Map<string, Promise<unknown>>;

/**
 * One for all copies of the package that are loaded in this realm, whatever their version: where a medium has no
 * transactions of its own that compare, what compares is that nobody else is between the question and the change.
 */
const REGISTRY = Symbol.for("worker-runtime.turns");
const realm = globalThis as { [REGISTRY]?: WeakMap<object, Turns> };
realm[REGISTRY] ??= new WeakMap();
const media = realm[REGISTRY];

/** Does `step` once all that was to be done before it under this name is done, however that ended. */
export function inTurn<T>(medium: object, name: string, step: () => Promise<T>): Promise<T> {
  const turns = media.get(medium) ?? new Map<string, Promise<unknown>>();
  media.set(medium, turns);
  const turn = (turns.get(name) ?? Promise.resolve()).then(step);
  const end: Promise<void> = turn.then(
    () => leave(),
    () => leave(),
  );
  const leave = () => {
    if (turns.get(name) === end) {
      turns.delete(name);
    }
  };
  turns.set(name, end);
  return turn;
}
