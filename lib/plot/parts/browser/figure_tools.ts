/**
 * What a figure does in a page: it can be saved, and a map says its values under the pointer. These
 * functions run in a browser and are included in pages as source text, so that they may call only
 * each other and the API of pages.
 *
 * @module
 */

/** Adds buttons and values to the figure around a script. */
export function openFigure(script: Element | null): void {
  const figure = script?.closest<HTMLElement>("figure");
  const picture = figure?.querySelector<SVGSVGElement>("svg.cb-svg");
  if (!figure || !picture || figure.querySelector(".cb-tools")) return;
  const tools = document.createElement("div");
  tools.className = "cb-tools";
  for (const kind of ["SVG", "PNG"] as const) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = kind;
    button.title = `Save the figure as ${kind}`;
    button.addEventListener("click", () => saveFigure(figure, picture, kind));
    tools.append(button);
  }
  figure.append(tools);
  for (const map of picture.querySelectorAll("image[data-rows]")) sayValues(figure, map);
}

/** Saves a picture to a file of the browser. */
export function saveFigure(figure: HTMLElement, picture: SVGSVGElement, kind: "SVG" | "PNG"): void {
  const name = figure.querySelector(".cb-title")?.textContent?.replace(/[^\p{L}\p{N}]+/gu, "-") ||
    "figure";
  const link = document.createElement("a");
  link.download = `${name}.${kind.toLowerCase()}`;
  const source = new XMLSerializer().serializeToString(picture);
  link.href = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  if (kind === "SVG") return link.click();
  const { width, height } = picture.viewBox.baseVal;
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    const context = canvas.getContext("2d")!;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    link.href = canvas.toDataURL("image/png");
    link.click();
  };
  image.src = link.href;
}

/** Shows the value of a map under the pointer in a box beside the pointer. */
export function sayValues(figure: HTMLElement, map: Element): void {
  const rows = Number(map.getAttribute("data-rows"));
  const columns = Number(map.getAttribute("data-columns"));
  const words = cellWords(map, rows, columns);
  const box = document.createElement("div");
  box.className = "cb-hover";
  box.hidden = true;
  figure.append(box);
  const move = (event: Event) => {
    const { clientX, clientY } = event as PointerEvent;
    const place = map.getBoundingClientRect();
    const row = Math.floor((clientY - place.top) / place.height * rows);
    const column = Math.floor((clientX - place.left) / place.width * columns);
    const text = row < 0 || column < 0 || row >= rows || column >= columns
      ? ""
      : words(row, column);
    const frame = figure.getBoundingClientRect();
    box.hidden = text === "";
    box.textContent = text;
    box.style.left = `${Math.min(clientX - frame.left + 12, frame.width - box.offsetWidth)}px`;
    box.style.top = `${clientY - frame.top + 16}px`;
  };
  map.addEventListener("pointermove", move);
  map.addEventListener("pointerdown", move);
  map.addEventListener("pointerleave", () => box.hidden = true);
}

/**
 * Returns a function that says a cell in words: by the words that the map brings, or else by names
 * and colours.
 */
export function cellWords(
  map: Element,
  rows: number,
  columns: number,
): (row: number, column: number) => string {
  const cells = map.getAttribute("data-cells")?.split("␞");
  if (cells) return (row, column) => cells[row * columns + column] ?? "";
  const rowNames = map.getAttribute("data-row-names")?.split("␞");
  if (!rowNames) return () => "";
  const columnNames = map.getAttribute("data-column-names")!.split("␞");
  const tones = tonesOf(map.getAttribute("href")!, rows, columns);
  const scale = map.getAttribute("data-scale")!.split(" ").map(Number);
  return (row, column) => {
    const value = valueInWords(tones[row * columns + column], scale);
    return value && [rowNames[row], `${columnNames[column]}: ${value}`].filter(Boolean).join(", ");
  };
}

/**
 * Returns the value that a colour of a map stands for, as text. A colour stands for a 250th of the
 * scale.
 *
 * @param tone the index of the colour.
 * @param scale the values at the ends of the scale, the indices of their colours, and the least and
 * the greatest value.
 */
export function valueInWords(
  tone: number,
  [low, high, first, last, least, most]: readonly number[],
): string {
  if (tone < first && tone < 4) return ["", "NaN", "∞", "−∞"][tone];
  const share = last > first ? (tone - first) / (last - first) : 0;
  const below = tone === first && least < low ? "≤ " : "";
  const above = tone === last && most > high ? "≥ " : "";
  const value = Number((low + (high - low) * share).toPrecision(3));
  return (below || above || "≈ ") + String(value).replace("-", "−");
}

/**
 * Returns the colours of a map, row by row, from the data of its picture, which is not compressed.
 */
export function tonesOf(href: string, rows: number, columns: number): Uint8Array {
  const data = atob(href.slice(href.indexOf(",") + 1));
  // After the name of the chunk come two bytes of zlib's header, then blocks. Each block has a
  // header of five bytes and at most 65,535 bytes of data.
  let at = data.indexOf("IDAT") + 6;
  const bytes = new Uint8Array((columns + 1) * rows);
  for (let filled = 0; filled < bytes.length;) {
    const length = data.charCodeAt(at + 1) + 256 * data.charCodeAt(at + 2);
    for (let i = 0; i < length; i++) bytes[filled + i] = data.charCodeAt(at + 5 + i);
    at += 5 + length;
    filled += length;
  }
  // Each line begins with the number of its filter.
  return Uint8Array.from(
    { length: rows * columns },
    (_, i) => bytes[Math.floor(i / columns) * (columns + 1) + 1 + i % columns],
  );
}
