import { DISPLAY } from "./bundle.ts";
import { tell } from "./channel.ts";
import type { Shown } from "./protocol.ts";

/** Deno's options of `display`. */
interface DisplayOptions {
  raw?: boolean;
  update?: boolean;
  display_id?: string;
}

/** What a broadcast message has besides its content. */
interface BroadcastOptions {
  metadata?: Record<string, unknown>;
  buffers?: Uint8Array[];
}

/** Media types by the first bytes of a picture. */
const PICTURES: readonly (readonly [type: string, start: readonly number[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
];

/**
 * Returns the object `Deno.jupyter` as Deno's own kernel has it.
 *
 * @param currentRun returns the run of a cell that an output belongs to.
 * @param shownAs returns how a notebook shows a value.
 * @param quiet is called with promises that a cell need not await, since their work is done.
 */
export function jupyterObject(
  currentRun: () => number,
  shownAs: (value: unknown) => Promise<Shown>,
  quiet: (promise: Promise<unknown>) => void,
): typeof Deno.jupyter {
  /** Returns a promise of what was done already. */
  const done = (): Promise<void> => {
    const promise = Promise.resolve();
    quiet(promise);
    return promise;
  };
  const broadcast = (
    kind: string,
    content: Record<string, unknown>,
    { metadata = {}, buffers = [] }: BroadcastOptions = {},
  ): Promise<void> => {
    const encoded = buffers.map((bytes) => new Uint8Array(bytes).toBase64());
    tell({ type: "message", run: currentRun(), kind, content, metadata, buffers: encoded });
    return done();
  };
  const show = (data: unknown, { update, display_id }: DisplayOptions): Promise<void> =>
    broadcast(update ? "update_display_data" : "display_data", {
      data,
      metadata: {},
      transient: display_id === undefined ? {} : { display_id },
    });
  const display = (value: unknown, options: DisplayOptions = {}): Promise<void> => {
    if (options.raw) return show(value, options);
    const promise = shownAs(value).then(({ data }) => show(data, options));
    quiet(promise);
    return promise;
  };
  const tagged = (type: string) => (parts: TemplateStringsArray, ...values: unknown[]) =>
    displayable({ [type]: String.raw({ raw: parts.raw ? parts : [String(parts)] }, ...values) });
  const api = {
    $display: DISPLAY,
    display,
    broadcast,
    format: async (value: unknown) => (await shownAs(value)).data,
    md: tagged("text/markdown"),
    html: tagged("text/html"),
    svg: tagged("image/svg+xml"),
    image: picture,
  };
  return api as unknown as typeof Deno.jupyter;
}

/** Returns the picture in a file or in memory. */
function picture(source: string | Uint8Array): unknown {
  const bytes = typeof source === "string" ? Deno.readFileSync(source) : source;
  const type = PICTURES.find(([, start]) => start.every((byte, i) => bytes[i] === byte))?.[0];
  if (!type) throw new TypeError("Expected a PNG, JPEG or GIF picture but found other bytes.");
  return displayable({ [type]: new Uint8Array(bytes).toBase64() });
}

function displayable(bundle: Record<string, string>): unknown {
  return { [DISPLAY]: () => bundle };
}
