import { CircuitbookError } from "../../base/errors.ts";

/** An address that messages may quote, and what a request to the address's own host carries. */
export interface OpenAddress {
  /** The address, without a user name and a password. */
  readonly url: URL;
  /** The header that stands for the user name and the password; empty if there are none. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Returns an address without the user name and the password that it may hold, and the header that
 * stands for both. In this way no message that quotes the address tells a secret.
 *
 * @param address an address such as `https://user:password@host/path`.
 * @param from where the address comes from, for the message.
 * @throws CircuitbookError if the text is no address. The message does not quote the text, which
 * may hold a password.
 */
export function withoutAccount(address: string, from: string): OpenAddress {
  try {
    const url = new URL(address);
    const { username, password } = url;
    if (!username && !password) return { url, headers: {} };
    const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    url.username = "";
    url.password = "";
    const authorization = `Basic ${new TextEncoder().encode(account).toBase64()}`;
    return { url, headers: { authorization } };
  } catch {
    throw new CircuitbookError(
      `Expected an address such as https://host/path in ${from} but found another text.`,
    );
  }
}
