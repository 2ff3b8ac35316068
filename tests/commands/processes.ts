/** How long a test waits for a process at most. */
const DEADLINE = 300_000;

/** Milliseconds between two looks. */
const INTERVAL = 50;

/** Waits until `look` finds something, and returns that. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + DEADLINE;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
  throw new Error(`Expected ${what} within ${DEADLINE / 1000} s but waited in vain.`);
}

/** A process of this machine. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * Returns the running processes, without processes that have ended and wait for their parent
 * (zombies).
 */
export async function processes(): Promise<Process[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pid=,ppid=,stat=,args="] })
    .output();
  return new TextDecoder().decode(stdout).split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((found) => found !== null && !found[3].startsWith("Z"))
    .map((found) => ({ pid: Number(found![1]), parent: Number(found![2]), command: found![4] }));
}

/** Waits until processes are gone. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  await until(`processes ${pids.join(", ")} to end`, async () => {
    const running = await processes();
    return !running.some(({ pid }) => pids.includes(pid));
  });
}
