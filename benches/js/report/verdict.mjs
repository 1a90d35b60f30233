/* Figures beside what is to be reached. */
import { REACH } from "../reach.mjs";
import { aligned, ratio } from "./table.mjs";

export function isReached({ id, value }) {
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = REACH[id];
  return value <= atMost && value >= atLeast;
}

export const bound = ({ atMost, atLeast }) =>
  atMost === undefined ? `≥ ${number(atLeast)}` : `≤ ${number(atMost)}`;

/** A figure as people read it. */
export function number(value) {
  return Number.isInteger(value) ? value.toLocaleString("en") : ratio(value);
}

export function verdicts(figures) {
  const rows = figures.map((figure) => {
    const { what, against, unit } = REACH[figure.id];
    return [
      plainly(what),
      figure.host,
      ratio(figure.value) + (unit === "ratio" ? "" : ` ${unit}`),
      bound(REACH[figure.id]),
      isReached(figure) ? "reached" : "MISSED",
      plainly(against),
    ];
  });
  return aligned([["what", "host", "measured", "reach", "", "against"], ...rows], 2);
}

const plainly = (text) => text.replaceAll("`", "");
