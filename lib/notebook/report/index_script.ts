/**
 * The script of the index: the fields above the matrix choose which claims are shown. A notebook
 * whose claims are all left out is left out, too, unless all filters are off.
 */
export const INDEX_SCRIPT = `
const field = (id) => document.getElementById(id);
const inputs = ["search", "verdict", "kind", "changed"].map(field);
let folded = false;
function show() {
  const [search, verdict, kind, changed] = inputs;
  const words = search.value.toLowerCase().split(" ").filter((word) => word);
  const filtered = words.length > 0 || verdict.value || kind.value || changed.checked;
  for (const group of document.querySelectorAll(".matrix tbody")) {
    let shown = 0;
    for (const row of group.querySelectorAll("tr.claim")) {
      const data = row.dataset;
      const fits = words.every((word) => data.words.includes(word)) &&
        (!verdict.value || data.verdicts.split(",").includes(verdict.value)) &&
        (!kind.value || data.kind === kind.value) && (!changed.checked || data.changed === "yes");
      row.hidden = folded || !fits;
      if (fits) shown++;
    }
    group.hidden = Boolean(filtered) && shown === 0;
  }
}
if (inputs.every((input) => input)) {
  for (const input of inputs) input.addEventListener("input", show);
  field("fold").addEventListener("click", () => {
    folded = !folded;
    field("fold").textContent = folded ? "Notebooks and claims" : "Notebooks only";
    show();
  });
  show();
}
`;
