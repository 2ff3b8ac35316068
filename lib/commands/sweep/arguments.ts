import { parseArgs } from "node:util";
import { nearestNames } from "../../base/errors.ts";
import { CommandError } from "../repository.ts";

/** A head as [layer, head], counted from 0. */
export type Head = readonly [layer: number, head: number];

/** What `deno task sweep` was asked to do. */
export interface SweepArguments {
  readonly model: string;
  readonly heads: "all" | readonly Head[];
  readonly prompts: string;
  readonly out: string;
  readonly resume: boolean;
  readonly batchSize?: number;
  readonly device?: string;
}

/** What `deno task sweep --help` prints. */
export const usage = `Silences attention heads one at a time, and writes what that does to each prompt's answer.

deno task sweep --model MODEL --heads all|L.H,… --prompts FILE.jsonl --out FILE.parquet|FILE.csv [options]

  --model NAME|PATH|HUBID  an embedded model, a folder in the Hugging Face layout, or a Hub id (Qwen/Qwen2.5-3B)
  --heads all|1.5,3.2      all heads, or some: layer 1 head 5 and layer 3 head 2, counted from 0
  --prompts FILE           a prompt a line: { "id": "a", "text": "11 + 5 = ", "answer": "1", "against": "2" };
                           in place of "text" its token ids as "tokens": [1, 2, 3]; "answer" and "against" are each the
                           text of one token, or its id
  --out FILE               a new file; .parquet or .csv
  --resume                 go on with what an interrupted sweep left in FILE.part; where there is none, start
  --batch-size N           runs that are done together, at most; changes the memory that is needed, not the table
  --device DEVICE          auto, cuda, webgpu or cpu. Default: auto
  --verbose                show the stack trace of an error

The table has a row for each prompt and head, in the order of the prompts, then by layer and head: id, layer, head,
baseline (logit of the answer minus logit of against, at the last position), value (the same with the head's output set
to zero at all positions) and effect (value - baseline).
`;

const text = { type: "string" } as const, onOff = { type: "boolean" } as const;
const options = {
  ...{ model: text, heads: text, prompts: text, out: text, "batch-size": text, device: text },
  ...{ resume: onOff, verbose: onOff, help: { ...onOff, short: "h" } },
};

type Flag = keyof typeof options;

/**
 * The arguments of the command, or `undefined` when help was asked for.
 *
 * @throws CommandError for unknown, missing, repeated or malformed flags.
 */
export function parseSweepArguments(args: readonly string[]): SweepArguments | undefined {
  const typed = typedFlags(args);
  if (typed.has("help")) return undefined;
  const needed = (flag: Flag): string => {
    const value = typed.get(flag);
    if (value === undefined) throw new CommandError(`Expected --${flag} but found none; see deno task sweep --help.`);
    return value;
  };
  return {
    ...{ model: needed("model"), heads: headsOf(needed("heads")), prompts: needed("prompts") },
    out: tableName(needed("out")),
    resume: typed.has("resume"),
    batchSize: typed.has("batch-size") ? atLeastOne(needed("batch-size")) : undefined,
    device: typed.get("device"),
  };
}

/** Flags as they were typed, each once; switches are "". */
function typedFlags(args: readonly string[]): Map<Flag, string> {
  const { tokens = [] } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const typed = new Map<Flag, string>();
  for (const token of tokens) {
    if (token.kind !== "option") {
      throw new CommandError(`Expected a flag but found "${args[token.index]}"; put texts in quotes.`);
    }
    const flag = knownFlag(token.name), { value, inlineValue } = token;
    if (typed.has(flag)) throw new CommandError(`Expected --${flag} once but found it again.`);
    if (options[flag].type === "boolean" && value !== undefined) {
      throw new CommandError(`Expected --${flag} without a value but found "${value}".`);
    }
    if (options[flag].type === "string" && (!value || (!inlineValue && value.startsWith("--")))) {
      throw new CommandError(`Expected a value after --${flag} but found ${value || "none"}.`);
    }
    typed.set(flag, value ?? "");
  }
  return typed;
}

function knownFlag(name: string): Flag {
  const flags = Object.keys(options) as Flag[], known = flags.find((flag) => flag === name);
  if (known) return known;
  throw new CommandError(`Expected a known flag but found --${name}; nearest: --${nearestNames(name, flags, 1)[0]}.`);
}

function headsOf(value: string): "all" | Head[] {
  if (value === "all") return "all";
  const heads = value.split(",").map((text): Head => {
    const [, layer, head] = /^\s*(\d+)\.(\d+)\s*$/.exec(text) ?? [];
    if (layer !== undefined) return [Number(layer), Number(head)];
    throw new CommandError(`Expected all, or layer.head such as 1.5,3.2 after --heads but found "${text.trim()}".`);
  });
  const twice = heads.find(([layer, head], i) => heads.findIndex(([l, h]) => l === layer && h === head) < i);
  if (twice) throw new CommandError(`Expected each head once after --heads but found ${twice.join(".")} twice.`);
  return heads.sort(([a, b], [c, d]) => a - c || b - d);
}

function tableName(out: string): string {
  if (/\.(parquet|csv)$/.test(out)) return out;
  throw new CommandError(`Expected a file name that ends in .parquet or .csv after --out but found "${out}".`);
}

function atLeastOne(value: string): number {
  if (/^\d+$/.test(value) && Number(value) >= 1) return Number(value);
  throw new CommandError(`Expected a whole number of at least 1 after --batch-size but found "${value}".`);
}
