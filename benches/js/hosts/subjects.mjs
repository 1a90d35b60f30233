/* Loads each subject, and for each a copy of the scenarios of its own. */

/** `at(path)`: the address of a file of benches/js; `packageAddress`: of the package's entry point. */
export async function loadPlayers(subjects, size, at, packageAddress) {
  const players = {};
  for (const name of subjects) {
    const query = name === "ours" ? `?package=${encodeURIComponent(packageAddress)}` : "";
    const { Runtime } = await import(`${at(`subjects/${name}.mjs`)}${query}`);
    const { player, SIZES } = await import(`${at("workload/scenarios.mjs")}?of=${name}`);
    players[name] = player(Runtime, SIZES[size]);
  }
  return players;
}
