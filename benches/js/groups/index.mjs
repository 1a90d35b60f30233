/*
 * What can be measured, in the order in which "full" does it. A group answers the versions it ran on, named figures (see reach.mjs),
 * all that it saw as `detail`, and a text for the terminal.
 */
import { appends } from "./appends.mjs";
import { coldCode } from "./cold.mjs";
import { compiled } from "./compiled.mjs";
import { footprint } from "./footprint.mjs";
import { growth } from "./growth.mjs";
import { memory } from "./memory.mjs";
import { native } from "./native.mjs";
import { peers } from "./peers.mjs";
import { profiles } from "./profile.mjs";
import { size } from "./size.mjs";
import { startup } from "./startup.mjs";
import { stored } from "./stored.mjs";
import { transfer } from "./transfer.mjs";

export const groups = [
  ...memory,
  ...compiled,
  ...startup,
  ...size,
  ...peers,
  ...footprint,
  ...appends,
  ...stored,
  ...growth,
  ...transfer,
  ...native,
  ...profiles,
  ...coldCode,
];
