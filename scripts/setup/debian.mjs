// Debian packages, where the machine has apt.
import { run, which } from "../shared/command.mjs";
import { Unavailable } from "../shared/unavailable.mjs";

export const hasApt = () => process.platform === "linux" && which("apt-get") !== undefined;
export const isRoot = () => process.getuid?.() === 0;

let listsUpdated = false;

/**
 * Installs packages with apt. `purpose` completes the sentence "… needs the Debian packages …" for a user who has
 * to do it by hand.
 */
export async function installDebianPackages(packages, purpose, report) {
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (!isRoot()) {
    throw new Unavailable(
      `${purpose} needs the Debian packages ${packages.join(", ")}, and only root may install them. Run\n    sudo sh -c '${byHand}'\nand then this again.`,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const onLine = (line) => report(line);
  try {
    if (!listsUpdated) {
      report("apt-get update");
      await run("apt-get", ["update"], { env, log: "apt", onLine });
      listsUpdated = true;
    }
    report(`apt-get install ${packages.join(" ")}`);
    const options = ["-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"];
    await run("apt-get", ["install", ...options, ...packages], { env, log: "apt", onLine });
  } catch (error) {
    throw new Unavailable(
      `${purpose} needs the Debian packages ${packages.join(", ")}, and they could not be installed. Check the apt sources, run\n    ${byHand}\nand then this again.\n${error.message}`,
    );
  }
}
