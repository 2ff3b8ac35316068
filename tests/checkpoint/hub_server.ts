/**
 * A Hub with one model on 127.0.0.1 for tests. It breaks transfers off, corrupts files and lists
 * files as a test asks.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** The faults that a test asks of the server. */
export interface HubBehaviour {
  /** The number of transfers that end in the middle, before one succeeds. */
  breaks?: number;
  /** Sends another last byte of this file. */
  corrupt?: string;
  /** Listed beside the files, with the content of config.json. */
  alsoListed?: readonly string[];
  /** Answers with the whole file where a range was asked for. */
  ignoresRanges?: boolean;
  /** The number of transfers that send a half and then nothing, with the connection left open. */
  stalls?: number;
  /** Returns the address of the listing's next page from the number of the request. */
  nextPage?: (request: number) => string;
}

/** A running server: its address, and the requests that it received. */
export interface HubServer extends AsyncDisposable {
  url: string;
  commit: string;
  /** `name range` of each file transfer, in order. */
  transfers: string[];
  /** The authorization of each request, in order; null for a request without one. */
  authorizations: (string | null)[];
  behaviour: HubBehaviour;
}

/** Serves one model `Org/toy` with the given files. Safetensors files lie in LFS, as on the Hub. */
export function serveHub(
  files: Readonly<Record<string, Uint8Array>>,
  behaviour: HubBehaviour = {},
): HubServer {
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const transfers: string[] = [];
  const authorizations: (string | null)[] = [];
  let pages = 0;
  const respond = (request: Request): Response => {
    const { pathname } = new URL(request.url);
    authorizations.push(request.headers.get("authorization"));
    if (pathname.startsWith("/api/models/Org/toy/revision/")) {
      const known = ["main", commit, "v1"].includes(
        decodeURIComponent(pathname.split("/").at(-1)!),
      );
      return known ? Response.json({ _id: "1", id: "Org/toy", sha: commit }) : notFound();
    }
    if (pathname === `/api/models/Org/toy/tree/${commit}`) {
      const { nextPage } = server.behaviour;
      const link = nextPage && `<${nextPage(pages++)}>; rel="next"`;
      return Response.json(listing(files, server.behaviour), { headers: link ? { link } : {} });
    }
    const name = decodeURIComponent(pathname.replace(`/Org/toy/resolve/${commit}/`, ""));
    return files[name] ? send(name, files[name], request, server) : notFound();
  };
  const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, respond);
  const server: HubServer = {
    url: `http://127.0.0.1:${http.addr.port}`,
    commit,
    transfers,
    authorizations,
    behaviour: { ...behaviour },
    [Symbol.asyncDispose]: () => http.shutdown(),
  };
  return server;
}

function notFound(): Response {
  return Response.json({ error: "Repository not found" }, { status: 404 });
}

function listing(
  files: Readonly<Record<string, Uint8Array>>,
  { alsoListed = [] }: HubBehaviour,
): unknown[] {
  const entries = Object.entries(files).map(([path, bytes]) => {
    const size = bytes.length;
    const oid = createHash("sha1").update(`blob ${size}\0`).update(bytes).digest("hex");
    if (!path.endsWith(".safetensors")) return { type: "file", path, size, oid };
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return {
      type: "file",
      path,
      size,
      oid: "0".repeat(40),
      lfs: { oid: sha256, size, pointerSize: 130 },
    };
  });
  return [...entries, ...alsoListed.map((path) => ({ ...entries[0], path }))];
}

function send(name: string, bytes: Uint8Array, request: Request, server: HubServer): Response {
  const { behaviour, transfers } = server;
  const range = behaviour.ignoresRanges ? null : request.headers.get("range");
  transfers.push(`${name} ${request.headers.get("range") ?? "whole"}`);
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const rest = bytes.slice(start);
  if (behaviour.corrupt === name) rest[rest.length - 1] ^= 1;
  const headers = {
    "content-length": String(rest.length),
    ...range ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {},
  };
  const status = range ? 206 : 200;
  if (behaviour.stalls && name.endsWith(".safetensors")) {
    behaviour.stalls--;
    return new Response(stalling(rest), { status, headers });
  }
  if (!behaviour.breaks || !name.endsWith(".safetensors")) {
    return new Response(rest, { status, headers });
  }
  behaviour.breaks--;
  return new Response(breakingOff(rest), { status, headers });
}

/** The first half of what the header promised, and then nothing more. */
function stalling(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(bytes.slice(0, bytes.length >> 1)),
  });
}

/** The first half of what the header promised, and then the end of the connection. */
function breakingOff(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.close();
      controller.enqueue(bytes.slice(0, bytes.length >> 1));
      sent = true;
    },
  });
}
