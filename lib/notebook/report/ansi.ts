import { escape } from "deno-std/html/mod.js";

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

// deno-lint-ignore no-control-regex -- terminal colours begin with the escape character
const SEQUENCE = /\x1b\[([\d;]*)([A-Za-z])/g;

/**
 * Returns terminal text as HTML. The eight colours, bold and dim become classes; all other escape
 * sequences are dropped.
 */
export function ansiToHtml(text: string): string {
  let html = "";
  let at = 0;
  let classes: string[] = [];
  const write = (part: string) => {
    if (part) {
      html += classes.length
        ? `<span class="${classes.join(" ")}">${escape(part)}</span>`
        : escape(part);
    }
  };
  for (const { index, 0: whole, 1: codes, 2: command } of text.matchAll(SEQUENCE)) {
    write(text.slice(at, index));
    at = index + whole.length;
    if (command === "m") classes = codes.split(";").reduce(applied, classes);
  }
  write(text.slice(at));
  return html;
}

/** The classes after one code of a "select graphic rendition" sequence (ECMA-48). */
function applied(classes: string[], code: string): string[] {
  const number = Number(code);
  if (number === 0) return [];
  if (number === 1) return [...classes, "ansi-bold"];
  if (number === 2) return [...classes, "ansi-dim"];
  if (number === 22) return classes.filter((name) => name !== "ansi-bold" && name !== "ansi-dim");
  const colourless = classes.filter((name) => !COLOURS.some((colour) => name === `ansi-${colour}`));
  if (number === 39) return colourless;
  const colour = COLOURS[number - (number >= 90 ? 90 : 30)];
  return colour ? [...colourless, `ansi-${colour}`] : classes;
}
