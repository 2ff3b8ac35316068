import type { Rgba } from "./colour.ts";

/**
 * Returns a `data:` URL of a PNG image with a palette (PNG specification, third edition).
 *
 * A large heat map is an image with one pixel for each value, 20 times smaller than one rectangle
 * for each. The image data is stored without compression (RFC 1950; RFC 1951, section 3.2.4),
 * because the compression streams of the platform are asynchronous and figures are not.
 *
 * @param tones the palette index of each pixel, row by row.
 * @param palette the colours, at most 256.
 */
export function pngUrl(
  tones: Uint8Array,
  width: number,
  height: number,
  palette: readonly Rgba[],
): string {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    rows.set(tones.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const header = [...bytes32(width), ...bytes32(height), 8, 3, 0, 0, 0];
  const png = [
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    chunk("IHDR", header),
    chunk("PLTE", palette.flatMap(([r, g, b]) => [r, g, b])),
    chunk("tRNS", palette.map(([, , , a]) => a)),
    chunk("IDAT", stored(rows)),
    chunk("IEND", []),
  ].flat();
  let text = "";
  for (const byte of png) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}

function chunk(type: string, data: readonly number[]): number[] {
  const named = [...[...type].map((letter) => letter.charCodeAt(0)), ...data];
  return [...bytes32(data.length), ...named, ...bytes32(crc32(named))];
}

/** A zlib stream of stored blocks, with its Adler-32 checksum. */
function stored(data: Uint8Array): number[] {
  const out = [0x78, 0x01];
  for (let start = 0; start < data.length; start += 0xffff) {
    const block = data.subarray(start, start + 0xffff);
    const last = start + block.length >= data.length ? 1 : 0;
    out.push(
      last,
      block.length & 255,
      block.length >> 8,
      ~block.length & 255,
      (~block.length >> 8) & 255,
    );
    for (const byte of block) out.push(byte);
  }
  let a = 1;
  let b = 0;
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  out.push(...bytes32(((b << 16) | a) >>> 0));
  return out;
}

function crc32(data: readonly number[]): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function bytes32(n: number): number[] {
  return [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
}
