// deno task bench: times the jobs of tests/bench, and the peers beside them where a Python with PyTorch is there.
import { root, say } from "./repository.ts";

/** A Python that has torch and transformers, and perhaps transformer_lens and nnsight. */
const python = Deno.env.get("CIRCUITBOOK_PEERS_PYTHON") ?? "python3";

if (import.meta.main) {
  const ours = await ourTimes();
  const peers = await peerTimes();
  console.table(
    Object.fromEntries([...ours].map(([job, ms]) => [job, rowOf(ms, peers.get(job) ?? {})])),
  );
}

/** Mean milliseconds of each job of tests/bench. */
async function ourTimes(): Promise<Map<string, number>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["bench", "-A", "--json", "tests/bench/"],
    cwd: root,
    stderr: "inherit",
  }).output();
  const { benches } = JSON.parse(new TextDecoder().decode(stdout)) as DenoBenchOutput;
  return new Map(benches.map(({ name, results: [{ ok }] }) => [name, (ok?.avg ?? NaN) / 1e6]));
}

/** Median milliseconds of each job for each peer; empty where there is no PyTorch. */
async function peerTimes(): Promise<Map<string, Record<string, number>>> {
  const times = new Map<string, Record<string, number>>();
  if (!await hasTorch()) {
    say(`No peers: ${python} has no torch and transformers; name one in CIRCUITBOOK_PEERS_PYTHON.`);
    return times;
  }
  const { stdout } = await new Deno.Command(python, {
    args: ["tests/bench/peers.py", "data/models/countdown-r1"],
    cwd: root,
    stderr: "null",
  }).output();
  for (
    const line of new TextDecoder().decode(stdout).split("\n").filter((line) =>
      line.startsWith("{")
    )
  ) {
    const { job, peer, ms, error } = JSON.parse(line) as {
      job: string;
      peer: string;
      ms: number;
      error?: string;
    };
    if (error) say(`No ${peer}: ${error}`);
    else times.set(job, { ...times.get(job), [peer]: ms });
  }
  return times;
}

async function hasTorch(): Promise<boolean> {
  try {
    return (await new Deno.Command(python, {
      args: ["-c", "import torch, transformers"],
      stderr: "null",
    }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function rowOf(ms: number, peers: Record<string, number>): Record<string, string> {
  const fastest = Math.min(...Object.values(peers));
  return {
    "circuitbook ms": ms.toFixed(2),
    ...Object.fromEntries(
      Object.entries(peers).map(([peer, time]) => [`${peer} ms`, time.toFixed(1)]),
    ),
    ...Number.isFinite(fastest) ? { "times as fast": (fastest / ms).toFixed(1) } : {},
  };
}

/** What `deno bench --json` prints, in nanoseconds. */
interface DenoBenchOutput {
  benches: { name: string; results: { ok?: { avg: number } }[] }[];
}
