/** A byte as tokenizers write it where a token is a part of a character: `<0xE6>`. */
const BYTE = /<0x([0-9A-F]{2})>/;

/**
 * Returns the texts of the tokens of a row, with each character that is spread over several tokens
 * written out at its last part. The parts before it stay as they are: `<0xE6>`, `<0xB2>`, `没`.
 *
 * @param pieces the text of each token by itself, in the order of the row.
 */
export function completedCharacters(pieces: readonly string[]): string[] {
  let pending: number[] = [];
  return pieces.map((piece) => {
    let shown = "";
    for (const part of piece.split(/(<0x[0-9A-F]{2}>)/).filter((part) => part !== "")) {
      const [, hex] = part.match(BYTE) ?? [];
      if (hex === undefined) {
        pending = [];
        shown += part;
        continue;
      }
      const byte = parseInt(hex, 16);
      pending = isContinuation(byte) ? [...pending, byte] : [byte];
      const character = characterOf(pending);
      if (character === undefined) {
        shown += part;
      } else {
        // The parts of the character within this token give way to the character.
        shown = shown.replace(/(?:<0x[0-9A-F]{2}>)+$/, "") + character;
        pending = [];
      }
    }
    return shown;
  });
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

/**
 * Returns the character that bytes are in UTF-8, or `undefined` if they are not one whole
 * character.
 */
function characterOf(bytes: readonly number[]): string | undefined {
  if (bytes.length < 2 || bytes.length > 4) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
    return [...text].length === 1 ? text : undefined;
  } catch (_incomplete) {
    return undefined;
  }
}
