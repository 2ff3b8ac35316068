import { unescape } from "deno-std/html/mod.js";

/** Schemes of links that lead somewhere and run nothing. */
const HARMLESS = ["http:", "https:", "mailto:"];

/**
 * Returns where a link of a markdown text leads, or `undefined` if the link would run something,
 * such as a `javascript:` link. Character references are decoded first and white space is ignored,
 * as browsers do.
 *
 * @param href the link as written in the markdown.
 */
export function safeLink(href: string): string | undefined {
  const decoded = unescape(href);
  // deno-lint-ignore no-control-regex -- browsers skip control characters in a scheme
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(decoded.replace(/[\x00-\x20]/g, ""))?.[0];
  return scheme === undefined || HARMLESS.includes(scheme.toLowerCase()) ? decoded : undefined;
}

/** Returns a data URL of a picture, or `undefined` if the URL is not one. */
export function pictureUrl(url: string): string | undefined {
  return /^data:image\/[a-z+.-]+(?:;[a-z0-9=-]+)*,[a-z0-9+\/=%._~!$&'()*,;:@ -]*$/i.test(url)
    ? url
    : undefined;
}
