/** The form for another problem. @module */
import { make } from "../../plot/viewers/browser/page.ts";
import type { LiveState } from "../state.ts";

/**
 * Returns the form in which the reader types a problem.
 *
 * @param onAsk called with what the reader has typed.
 * @returns `root`, the element, and `show`, which fills in a problem.
 */
export function problemForm(onAsk: (numbers: string, target: string) => void) {
  const field = (name: string, size: number) =>
    make("input", { name, size, autocomplete: "off", spellcheck: "false", inputmode: "numeric" });
  const numbers = field("numbers", 14);
  numbers.inputMode = "text";
  const target = field("target", 5);
  const root = make(
    "form",
    { class: "problem" },
    make("label", {}, "Numbers ", numbers),
    make("label", {}, "Target ", target),
    make("button", { type: "submit" }, "Run"),
  );
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    onAsk(numbers.value, target.value);
  });
  return {
    root,
    show: (state: Pick<LiveState, "numbers" | "target">) => {
      numbers.value = state.numbers.join(", ");
      target.value = String(state.target);
    },
  };
}
