/** Milliseconds between two looks at the parent process. */
const INTERVAL = 1000;

/**
 * Ends this process soon after its `deno task` was killed (SIGKILL): `deno task` passes other signals on, this one it cannot.
 * Outside `deno task` nothing is done.
 */
export function endWithTask(): void {
  if (Deno.env.get("INIT_CWD") === undefined) return;
  const parent = Deno.ppid;
  const timer = setInterval(() => {
    if (Deno.ppid !== parent) Deno.exit(1);
  }, INTERVAL);
  Deno.unrefTimer(timer);
}
