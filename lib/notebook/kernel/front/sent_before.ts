import type { Header } from "../wire/message.ts";

/** A request and the moment at which it arrived, in milliseconds of this machine's clock. */
interface Arrived {
  message: { header: Header };
  arrived: number;
}

/** Milliseconds by which clocks and the dates of messages are rounded. */
const ROUNDING = 1;

/**
 * Returns whether a request was sent before the reply to an earlier one had left. The sender's
 * clock may differ from this machine's; by how much, the earlier request says.
 *
 * @param header the header of the request.
 * @param earlier the earlier request.
 * @param replied when the reply to the earlier request left, in milliseconds of this machine's
 * clock.
 */
export function wasSentBefore(header: Header, earlier: Arrived, replied: number): boolean {
  const sent = Date.parse(String(header.date));
  const earlierSent = Date.parse(String(earlier.message.header.date));
  // A message without a date compares false.
  return sent - earlierSent + earlier.arrived + ROUNDING < replied;
}
