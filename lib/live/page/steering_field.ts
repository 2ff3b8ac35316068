/** The slider of the steering coefficient. @module */
import { make } from "../../plot/viewers/browser/page.ts";
import type { LiveSteering } from "../live_model.ts";
import { LARGEST_COEFFICIENT } from "../state.ts";

/** The step of the slider. */
const STEP = 0.1;

/**
 * Returns the slider of the steering coefficient.
 *
 * @param steering the vector that is added.
 * @param onChange called with the coefficient when the reader releases the slider.
 * @returns `root`, the element, and `show`, which sets the slider without calling `onChange`.
 */
export function steeringField(
  { layers, length }: LiveSteering,
  onChange: (coefficient: number) => void,
) {
  const slider = make("input", {
    type: "range",
    min: -LARGEST_COEFFICIENT,
    max: LARGEST_COEFFICIENT,
    step: STEP,
    id: "steering",
    "aria-describedby": "steering-note",
  });
  const shown = make("output", { for: "steering" });
  const off = make("button", { type: "button" }, "No steering");
  const say = (coefficient: number) => {
    shown.textContent = coefficient === 0 ? "0 (off)" : coefficient.toFixed(1);
    slider.setAttribute("aria-valuetext", shown.textContent);
    off.disabled = coefficient === 0;
  };
  slider.addEventListener("input", () => say(slider.valueAsNumber));
  slider.addEventListener("change", () => onChange(slider.valueAsNumber));
  off.addEventListener("click", () => onChange(0));
  const root = make(
    "div",
    { class: "steering" },
    make("h2", {}, make("label", { for: "steering" }, "Steering")),
    make(
      "div",
      { class: "slider" },
      make("span", { "aria-hidden": "true" }, "“not”"),
      slider,
      make("span", { "aria-hidden": "true" }, "“this works”"),
    ),
    make("p", { class: "line" }, "Coefficient ", shown, " ", off),
    make(
      "p",
      { class: "note", id: "steering-note" },
      `Adds the direction “this attempt is right” at every “(”, after ${
        layers.length === 1 ? "layer" : "the layers"
      } ${layers.join(", ")}. At 1 the added vector is as long as the residual stream there (${
        length.toFixed(1)
      }).`,
    ),
  );
  return {
    root,
    show: (coefficient: number) => {
      slider.value = String(coefficient);
      say(coefficient);
    },
  };
}
