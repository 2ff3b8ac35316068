import { escape } from "deno-std/html/mod.js";
import highlighter from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";

const LANGUAGES = { bash, json, python, typescript };
for (const [name, language] of Object.entries(LANGUAGES)) {
  highlighter.registerLanguage(name, language);
}

/**
 * Returns source text as HTML, its words marked by kind; escaped plain text for an unknown
 * language.
 */
export function highlighted(source: string, language = "text"): string {
  if (!highlighter.getLanguage(language)) return escape(source);
  return highlighter.highlight(source, { language }).value;
}
