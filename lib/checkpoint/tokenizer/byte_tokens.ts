/**
 * The character that stands for each byte in byte-level BPE vocabularies: printable bytes stand for
 * themselves, the others are written from U+0100 on
 * (https://github.com/openai/gpt-2/blob/master/src/encoder.py, `bytes_to_unicode`).
 */
const CHARACTER_OF_BYTE: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = byte >= 33 && byte <= 126 || byte >= 161 && byte <= 172 || byte >= 174;
    return String.fromCharCode(printable ? byte : next++);
  });
})();

const BYTE_OF_CHARACTER = new Map(CHARACTER_OF_BYTE.map((character, byte) => [character, byte]));

/** Returns a text as a byte-level BPE vocabulary writes it: `"Ġ("` for `" ("`. */
export function toByteLevel(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => CHARACTER_OF_BYTE[byte]).join("");
}

/**
 * Returns the text of an entry of a byte-level BPE vocabulary. A byte that belongs to no whole
 * character reads `<0xE6>`.
 */
export function fromByteLevel(token: string): string {
  const bytes = [...token].map((character) => BYTE_OF_CHARACTER.get(character));
  // A character that stands for no byte belongs to an entry that was added as plain text.
  return bytes.every((byte) => byte !== undefined) ? showBytes(Uint8Array.from(bytes)) : token;
}

/** Returns UTF-8 as text for people: a byte that belongs to no whole character reads `<0xE6>`. */
function showBytes(bytes: Uint8Array): string {
  const whole = decode(bytes);
  if (whole !== undefined) return whole;
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((count) =>
      decode(bytes.subarray(at, at + count)) !== undefined
    ) ?? 0;
    text += length ? decode(bytes.subarray(at, at + length)) : showByte(bytes[at]);
    at += length || 1;
  }
  return text;
}

/** Returns a byte as vocabularies with a byte fallback write it: `<0xE6>`. */
function showByte(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
