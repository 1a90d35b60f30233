/** On a narrow screen one panel is seen at a time; on a wide one they are all there and nothing of this shows. */

const tabs = [...document.querySelectorAll(".tabs button")];

/** Brings the panel `name` to the front; a focus that would be lost with what is hidden goes there too. */
export function showPanel(name) {
  document.body.dataset.panel = name;
  for (const tab of tabs) {
    if (tab.dataset.panel === name) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  if (!document.activeElement.checkVisibility()) document.getElementById(name).focus();
}

for (const tab of tabs) tab.addEventListener("click", () => showPanel(tab.dataset.panel));
