/** What the page holds beside its scripts: files, compressed and in base64. @module */
import { bytesOf } from "../../plot/viewers/browser/page.ts";
import type { LiveContent } from "../messages.ts";

/** Returns the text of an element of data. */
function textOf(name: string): string {
  const element = document.querySelector(`script[data-live="${name}"]`);
  if (!element) {
    throw new Error(`The page has no part named ${name}; it was cut, so write it again.`);
  }
  return element.textContent!;
}

/** Returns what the page knows of its model. */
export function contentOf(): LiveContent {
  return JSON.parse(textOf("content")) as LiveContent;
}

/**
 * Returns the bytes of a part of the page.
 *
 * @param name the name of the part.
 */
export async function assetOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const compressed = fromBase64(textOf(name));
  const whole = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(whole).arrayBuffer());
}

/**
 * Returns the bytes of a base64 text: by the browser, which is ten times as fast, where the browser
 * can.
 */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (typeof Uint8Array.fromBase64 === "function") return Uint8Array.fromBase64(text);
  return bytesOf(text) as Uint8Array<ArrayBuffer>;
}
