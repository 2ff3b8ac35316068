/** Milliseconds between two looks at the parent process. */
const INTERVAL = 1000;

/**
 * Ends this process soon after its `deno task` was killed (SIGKILL), or, if `npx` runs the task, after `npx` has ended:
 * `deno task` forwards every signal but SIGKILL. `npx` forwards none, and when `npx` ends, its `deno task` goes on.
 * Outside `deno task` nothing is done.
 */
export function endWithTask(): void {
  if (Deno.env.get("INIT_CWD") === undefined) return;
  const parent = Deno.ppid;
  const starter = isUnderNpx() ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    if (Deno.ppid !== parent) Deno.exit(1);
    if (starter !== undefined && (parentOf(parent) ?? starter) !== starter) Deno.exit(1);
  }, INTERVAL);
  Deno.unrefTimer(timer);
}

/** Whether `npx` runs the task. Other starters are not watched: a task that a shell started may outlive the shell (`nohup`). */
function isUnderNpx(): boolean {
  return Deno.env.get("npm_command") === "exec" &&
    Deno.permissions.querySync({ name: "run", command: "ps" }).state === "granted";
}

/** Returns the parent of a process; undefined where `ps` does not tell, as on Windows. */
function parentOf(pid: number): number | undefined {
  try {
    const { success, stdout } = new Deno.Command("ps", { args: ["-o", "ppid=", "-p", `${pid}`] })
      .outputSync();
    return success ? Number(new TextDecoder().decode(stdout)) : undefined;
  } catch (_noPs) {
    return undefined;
  }
}
