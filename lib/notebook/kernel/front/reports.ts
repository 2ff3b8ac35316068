/** The output of a process in its parts: plain text, and the reports after the mark. */
export type Piece = { text: string } | { report: string };

/**
 * Returns a function that takes what a process prints, piece by piece, and gives it apart.
 *
 * @param mark the text before a report; a report ends with its line.
 */
export function reportReader(mark: string): (chunk: Uint8Array) => Piece[] {
  const decoder = new TextDecoder();
  /** Text that could be the start of a mark, or the parts of an unfinished report. */
  let rest = "";
  let report: string[] | undefined;
  return (chunk) => {
    const pieces: Piece[] = [];
    let text = decoder.decode(chunk, { stream: true });
    while (text !== "") {
      if (report) {
        const end = text.indexOf("\n");
        report.push(end < 0 ? text : text.slice(0, end));
        if (end < 0) return pieces;
        pieces.push({ report: report.join("") });
        report = undefined;
        text = text.slice(end + 1);
        continue;
      }
      text = rest + text;
      rest = "";
      const start = text.indexOf(mark);
      const plain = start < 0 ? withoutStartOf(mark, text) : text.slice(0, start);
      if (plain !== "") pieces.push({ text: plain });
      if (start < 0) {
        rest = text.slice(plain.length);
        return pieces;
      }
      report = [];
      text = text.slice(start + mark.length);
    }
    return pieces;
  };
}

/** Returns a text without an end that could be the start of a mark. */
function withoutStartOf(mark: string, text: string): string {
  const start = text.lastIndexOf(mark[0]);
  return start >= 0 && mark.startsWith(text.slice(start)) ? text.slice(0, start) : text;
}
