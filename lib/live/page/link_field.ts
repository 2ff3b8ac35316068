/** The button that copies a link with the present state. @module */
import { make } from "../../plot/viewers/browser/page.ts";

/** The words on the button. */
const LABEL = "Copy link";

/**
 * Returns the button that copies a link. Where the page may not write to the clipboard, the link
 * stands in a field to copy from.
 *
 * @param address returns the link.
 * @returns `root`, the element, and `reset`, which restores the label and hides the field.
 */
export function linkField(address: () => string) {
  const button = make("button", { type: "button" }, LABEL);
  const field = make("input", { readonly: "", size: 28, "aria-label": "link", hidden: "" });
  const root = make("span", { class: "link" }, button, field);
  button.addEventListener("click", async () => {
    const link = address();
    try {
      await navigator.clipboard.writeText(link);
      button.textContent = "Link copied";
    } catch {
      field.hidden = false;
      field.value = link;
      field.select();
    }
  });
  return {
    root,
    /** Forgets that an earlier link was copied. */
    reset: () => {
      button.textContent = LABEL;
      field.hidden = true;
    },
  };
}
