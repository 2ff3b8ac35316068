/** The script of a page: one switch folds and unfolds all code. */
export const PAGE_SCRIPT = `
const all = document.getElementById("all-code");
if (all) {
  const folds = document.querySelectorAll("details.code");
  all.hidden = folds.length === 0;
  all.addEventListener("click", () => {
    const open = all.getAttribute("aria-pressed") !== "true";
    all.setAttribute("aria-pressed", String(open));
    all.textContent = open ? "Fold all code" : "Show all code";
    for (const fold of folds) fold.open = open;
  });
}
`;
