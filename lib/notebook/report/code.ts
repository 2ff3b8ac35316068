import { escape } from "deno-std/html/mod.js";
import highlighter from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";

const languages = { bash, json, python, typescript };
for (const [name, language] of Object.entries(languages)) {
  highlighter.registerLanguage(name, language);
}

/** Source text as HTML with its words marked by kind; the plain text where the language is not known. */
export function highlighted(source: string, language = "text"): string {
  if (!highlighter.getLanguage(language)) return escape(source);
  return highlighter.highlight(source, { language }).value;
}
