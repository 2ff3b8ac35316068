/** Returns bytes as base64 text. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  // In pieces, because engines limit the number of arguments of a call.
  for (let i = 0; i < bytes.length; i += 0x2000) {
    text += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
  }
  return btoa(text);
}

/** Returns numbers from 0 to 65,535 as bytes, the low byte first. */
export function shortBytes(numbers: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(2 * numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    bytes[2 * i] = numbers[i] & 255;
    bytes[2 * i + 1] = numbers[i] >> 8;
  }
  return bytes;
}
