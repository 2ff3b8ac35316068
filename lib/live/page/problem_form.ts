/** The form for another problem. @module */
import { make } from "../../plot/viewers/browser/page.ts";
import { PROPERTIES, propertyWords } from "../../tasks/property/properties.ts";
import type { AskedProblem } from "../asked.ts";

/** The choice of a number in place of a property. */
const NUMBER = "number";

/**
 * Returns the form in which the reader types a problem.
 *
 * @param options `properties`: whether the reader may choose a property in place of a target.
 * @param onAsk called with what the reader has typed; the target is a number, or the name of a
 * property.
 * @returns `root`, the element, and `show`, which fills in a problem.
 */
export function problemForm(
  { properties }: { readonly properties: boolean },
  onAsk: (numbers: string, target: string) => void,
) {
  const field = (name: string, size: number) =>
    make("input", { name, size, autocomplete: "off", spellcheck: "false", inputmode: "numeric" });
  const numbers = field("numbers", 14);
  numbers.inputMode = "text";
  const target = field("target", 5);
  const goal = make(
    "select",
    { name: "goal" },
    make("option", { value: NUMBER }, "a number:"),
    ...PROPERTIES.map((property) => make("option", { value: property }, propertyWords[property])),
  );
  const showNumber = () => target.hidden = goal.value !== NUMBER;
  goal.addEventListener("change", showNumber);
  if (properties) target.setAttribute("aria-label", "target number");
  const root = make(
    "form",
    { class: "problem" },
    make("label", {}, "Numbers ", numbers),
    make("label", {}, "Target ", properties ? goal : target),
    ...properties ? [target] : [],
    make("button", { type: "submit" }, "Run"),
  );
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    onAsk(numbers.value, goal.value === NUMBER ? target.value : goal.value);
  });
  return {
    root,
    show: (asked: AskedProblem) => {
      numbers.value = asked.numbers.join(", ");
      const isNumber = typeof asked.target === "number";
      goal.value = isNumber ? NUMBER : String(asked.target);
      target.value = isNumber ? String(asked.target) : "";
      showNumber();
    },
  };
}
