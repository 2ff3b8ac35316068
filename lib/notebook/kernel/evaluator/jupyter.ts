import { DISPLAY } from "./bundle.ts";
import { tell } from "./channel.ts";
import type { DisplayOrder } from "./display_order.ts";
import type { Shown } from "./protocol.ts";

/** Deno's options of `display`. */
interface DisplayOptions {
  raw?: boolean;
  update?: boolean;
  display_id?: string;
}

/** The parts of a broadcast message besides its content. */
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
 * @param order keeps displays in the order of the calls.
 * @param quiet is called with promises that a cell need not await, because the cell ends after
 * their work.
 */
export function jupyterObject(
  currentRun: () => number,
  shownAs: (value: unknown) => Promise<Shown>,
  order: DisplayOrder,
  quiet: (promise: Promise<unknown>) => void,
): typeof Deno.jupyter {
  const quieted = (promise: Promise<void>): Promise<void> => {
    quiet(promise);
    return promise;
  };
  const send = (
    run: number,
    kind: string,
    content: Record<string, unknown>,
    { metadata = {}, buffers = [] }: BroadcastOptions = {},
  ): void => {
    const encoded = buffers.map((bytes) => new Uint8Array(bytes).toBase64());
    tell({ type: "message", run, kind, content, metadata, buffers: encoded });
  };
  const broadcast = (
    kind: string,
    content: Record<string, unknown>,
    options?: BroadcastOptions,
  ): Promise<void> => {
    send(currentRun(), kind, content, options);
    return quieted(Promise.resolve());
  };
  const display = (
    value: unknown,
    { raw, update, display_id }: DisplayOptions = {},
  ): Promise<void> => {
    const run = currentRun();
    const show = (data: unknown): void => {
      const transient = display_id === undefined ? {} : { display_id };
      const kind = update ? "update_display_data" : "display_data";
      send(run, kind, { data, metadata: {}, transient });
    };
    if (raw && !order.isBusy(run)) {
      // Values that need no drawing are sent at once, so that a bar of progress moves while its
      // cell computes.
      show(value);
      return quieted(Promise.resolve());
    }
    const draw = async () => raw ? value : (await shownAs(value)).data;
    return quieted(order.add(run, draw, show));
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
