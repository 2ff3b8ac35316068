/** Milliseconds between two looks at the parent process. */
const INTERVAL = 1000;

/**
 * Ends this process soon after its `deno task` was killed (SIGKILL), which is the one signal that
 * `deno task` does not forward. If `npx` runs the task, the process also ends after `npx` has
 * ended: `npx` forwards no signal, and its `deno task` continues without it. Outside `deno task`,
 * the function does nothing.
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

/**
 * Returns whether `npx` runs the task. Other starters are not watched: a task that a shell started
 * may outlive the shell (`nohup`).
 */
function isUnderNpx(): boolean {
  return Deno.env.get("npm_command") === "exec" &&
    Deno.permissions.querySync({ name: "run", command: "ps" }).state === "granted";
}

/** Returns the parent of a process; undefined if there is no `ps`, as on Windows. */
function parentOf(pid: number): number | undefined {
  try {
    const { success, stdout } = new Deno.Command("ps", { args: ["-o", "ppid=", "-p", `${pid}`] })
      .outputSync();
    return success ? Number(new TextDecoder().decode(stdout)) : undefined;
  } catch (_noPs) {
    return undefined;
  }
}
