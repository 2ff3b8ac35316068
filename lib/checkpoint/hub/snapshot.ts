import type { ListFileEntry } from "@huggingface/hub";
import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { stopSignal } from "../../base/progress.ts";
import { shortPath } from "../files.ts";
import { staysInside } from "../weight_files.ts";
import { withoutAccount } from "./account.ts";

/** A repository of the Hub at one commit. */
export interface Snapshot {
  /** The Hub id: `Org/name`. */
  readonly id: string;
  readonly commit: string;
  /** The address of the Hub, without an account and without a slash at the end. */
  readonly hubUrl: string;
  /** The headers of a request to the Hub's own host: the access token, if there is one. */
  readonly headers: Readonly<Record<string, string>>;
  /** The files of the repository by name. */
  readonly files: ReadonlyMap<string, ListFileEntry>;
}

/** The address of the Hub, and the access token for its requests. */
export interface HubAddress {
  readonly hubUrl?: string;
  readonly accessToken?: string;
  readonly signal?: AbortSignal;
}

/** The most requests for one listing. A page names up to 1,000 files. */
const MOST_REQUESTS = 50;

/** How long the Hub may take to answer, in milliseconds. */
const ANSWER_TIMEOUT = 30_000;

/**
 * Asks the Hub for the commit of a revision and for the files of that commit.
 *
 * @throws CircuitbookError if there is no such model, or if the answer cannot be trusted. An error
 * of the network is thrown as it is.
 */
export async function lookUp(
  id: string,
  revision: string,
  options: HubAddress,
): Promise<Snapshot> {
  // Loaded on demand: models on disk do not need the module, and loading it takes 65 ms.
  const { HubApiError, listFiles, modelInfo } = await import("@huggingface/hub");
  const address = withoutAccount(
    options.hubUrl ?? (Deno.env.get("HF_ENDPOINT") || "https://huggingface.co"),
    options.hubUrl === undefined ? "HF_ENDPOINT" : "hubUrl",
  );
  const hubUrl = address.url.href.replace(/\/+$/, "");
  // An account in the address belongs to that host; a token may belong to the Hub.
  const headers = {
    ...authorization(options.accessToken ?? Deno.env.get("HF_TOKEN")),
    ...address.headers,
  };
  const common = { hubUrl, fetch: hubFetch({ id, hubUrl, headers }, options.signal) };
  const files = new Map<string, ListFileEntry>();
  try {
    const { sha } = await modelInfo({ ...common, name: id, revision, additionalFields: ["sha"] });
    if (!/^[0-9a-f]{40}$/.test(sha)) {
      throw new CircuitbookError(`Expected a commit of ${id} but found ${shown(sha)}.`);
    }
    for await (
      const entry of listFiles({ ...common, repo: { type: "model", name: id }, revision: sha })
    ) {
      if (!staysInside(entry.path)) {
        throw new CircuitbookError(
          `Expected file names inside the folder of ${id} but found "${shortPath(entry.path)}"; ` +
            "nothing was downloaded.",
        );
      }
      if (entry.type === "file") files.set(entry.path, entry);
    }
    return { id, commit: sha, hubUrl, headers, files };
  } catch (error) {
    if (!(error instanceof HubApiError)) throw error;
    // The answer is not kept as a cause: a server may repeat what the request carried.
    throw new CircuitbookError(
      `Expected a model ${id} (revision ${revision}) at ${hubUrl} but it answered ` +
        `${error.statusCode}; ` +
        (error.statusCode === 401 || error.statusCode === 403 || error.statusCode === 404
          ? "check the name, or set HF_TOKEN for a private or gated model."
          : "try again later."),
    );
  }
}

function authorization(accessToken: string | undefined): Record<string, string> {
  if (!accessToken) return {};
  // fetch would quote a token with a line break in its error.
  if (!/^[\x21-\x7e]+$/.test(accessToken)) {
    throw new CircuitbookError(
      "Expected an access token without spaces and line breaks but found another; check HF_TOKEN.",
    );
  }
  return { authorization: `Bearer ${accessToken}` };
}

/**
 * Returns a `fetch` for one listing. The access token goes to the Hub's own host only, since a page
 * may name a next page anywhere; the number of requests and the time of each are bounded.
 */
function hubFetch(
  { id, hubUrl, headers }: Pick<Snapshot, "id" | "hubUrl" | "headers">,
  signal: AbortSignal | undefined,
): typeof fetch {
  const { origin } = new URL(hubUrl);
  let requests = 0;
  return (input, init) => {
    if (++requests > MOST_REQUESTS) {
      throw new CircuitbookError(
        `Expected the files of ${id} on at most ${MOST_REQUESTS} pages but found more; ` +
          "download the model by other means, and give its folder.",
      );
    }
    const { url } = new Request(input);
    const own = new URL(url).origin === origin ? headers : {};
    const stop = stopSignal(signal);
    const timeout = AbortSignal.timeout(ANSWER_TIMEOUT);
    return fetch(url, {
      ...init,
      headers: { accept: "application/json", ...own },
      signal: AbortSignal.any(stop ? [stop, timeout] : [timeout]),
    });
  };
}
