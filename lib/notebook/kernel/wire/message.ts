import { createHmac, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** The version of Jupyter's messages that the kernel speaks. */
export const PROTOCOL_VERSION = "5.4";

/** The separator between the addresses of a message and its parts. */
const DELIMITER = Buffer.from("<IDS|MSG>");

/** Any JSON object. */
export type Json = Record<string, unknown>;

/** The header of a Jupyter message. */
export interface Header extends Json {
  /** The identifier of the message. */
  msg_id: string;
  /** The kind of the message, such as `execute_request`. */
  msg_type: string;
  /** The session of the sender. */
  session: string;
}

/** A Jupyter message, as it is read from a socket. */
export interface Message {
  /** The sender of the message, for the reply. */
  addresses: Buffer[];
  /** The sender, the type and the time of the message. */
  header: Header;
  /** The header of the request that the message answers; empty in a request. */
  parent: Json;
  /** Further remarks, such as the identifier of the cell. */
  metadata: Json;
  /** The content of the message. */
  content: Json;
}

/** The content of a message to be sent. */
export interface Outgoing {
  /** The kind of the message, such as `execute_reply`. */
  type: string;
  /** The content of the message. */
  content: Json;
  /** The header of the request that the message answers. */
  parent?: Json;
  /** Further remarks. */
  metadata?: Json;
  /** The receiver of the message; for a publication, its topic. */
  addresses?: readonly (Buffer | string)[];
  /** Binary parts after the message. */
  buffers?: readonly Uint8Array[];
}

/** Writes and reads the messages of one session, signed with the key of the connection file. */
export class Codec {
  /** The identifier of this kernel in the headers of its messages. */
  readonly session: string = crypto.randomUUID();

  readonly #key: string;

  /**
   * Makes a codec.
   *
   * @param key the key of the connection file; an empty key means that messages are not signed.
   */
  constructor(key: string) {
    this.#key = key;
  }

  /** Returns the frames of a message. */
  encode(message: Outgoing): (Buffer | string | Uint8Array)[] {
    const { type, content, parent = {}, metadata = {}, addresses = [], buffers = [] } = message;
    const header = {
      msg_id: crypto.randomUUID(),
      msg_type: type,
      session: this.session,
      username: "kernel",
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
    const parts = [header, parent, metadata, content].map((part) => JSON.stringify(part));
    return [...addresses, DELIMITER, this.#signature(parts), ...parts, ...buffers];
  }

  /**
   * Returns the message in the frames, or `undefined` if the frames are no message or their
   * signature is wrong.
   */
  decode(frames: readonly Buffer[]): Message | undefined {
    const start = frames.findIndex((frame) => frame.equals(DELIMITER));
    const [signature, ...parts] = frames.slice(start + 1);
    if (start < 0 || parts.length < 4) return undefined;
    const signed = parts.slice(0, 4);
    const expected = Buffer.from(this.#signature(signed));
    if (expected.length !== signature.length || !timingSafeEqual(expected, signature)) {
      return undefined;
    }
    const [header, parent, metadata, content] = signed.map((part) => JSON.parse(part.toString()));
    return { addresses: frames.slice(0, start), header, parent, metadata, content };
  }

  #signature(parts: readonly (string | Buffer)[]): string {
    if (this.#key === "") return "";
    const code = createHmac("sha256", this.#key);
    for (const part of parts) code.update(part);
    return code.digest("hex");
  }
}
