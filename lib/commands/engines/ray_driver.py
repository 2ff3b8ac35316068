"""Runs the shards of a table as Ray tasks.

Reads one JSON object from the first line of standard input: `command` (the task's command line without shard and output),
`shards` (a list of `{"name": "3/16", "out": "…/3.parquet"}`), `cwd`, `address` (of a cluster, or null for this machine) and
`retries`. Prints a JSON object a line: `{"shard": "3/16", "line": "…"}` for what a shard's process says,
`{"shard": "3/16", "done": true}` at its end, `{"shard": "3/16", "error": "…"}` when it failed for good. Standard input ends
when the process that started this one is gone; then this one ends with its workers.
"""
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading

import ray
from ray.util.queue import Empty, Queue

PR_SET_PDEATHSIG = 1

# Ray prints warnings of its own to standard output; events get that stream for themselves.
EVENTS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def die_with_parent():
    """A shard's process ends with its worker, so that a second try does not meet the first one at work."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@ray.remote(num_cpus=1)
def run_shard(command, shard, cwd, said, retries):
    """Runs one shard. Returns nothing once the shard is written, or what is wrong.

    A shard that an earlier try has finished is left alone, because its file was written whole. If a
    signal ends the shard's process (as when memory is short), the shard is tried again. Ray itself
    replaces a worker that dies.
    """
    for attempt in range(retries + 1):
        if os.path.exists(shard["out"]):
            return None
        status, last = shard_process(command, shard, cwd, said)
        if status >= 0:
            return None if status == 0 else last or f"exit status {status}"
        if attempt < retries:
            killed = f"the process was ended by {signal_name(-status)}"
            said.put((shard["name"], f"{killed}; trying again"))
    ended = f"the process was ended by {signal_name(-status)} in each of {retries + 1} tries"
    return f"{ended}; its last line was: {last}" if last else ended


def shard_process(command, shard, cwd, said):
    """Runs a shard's process. Returns its status (negative after a signal) and its last line of output."""
    process = subprocess.Popen(
        [*command, "--shard", shard["name"], "--out", shard["out"]],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    last = ""
    for line in process.stderr:
        last = line.strip() or last
        said.put((shard["name"], line.rstrip()))
    return process.wait(), last


def signal_name(number):
    """The name of a signal; for SIGKILL, also its usual cause."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name} (often for want of memory)" if name == "SIGKILL" else name


def tell(**event):
    print(json.dumps(event), file=EVENTS, flush=True)


def relay(said):
    """Prints what shards have said so far."""
    try:
        while True:
            shard, line = said.get_nowait()
            tell(shard=shard, line=line)
    except Empty:
        pass


def end_with_starter():
    """Ends this process as SIGTERM does, workers included, when the process that started this one is gone."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main():
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_starter, daemon=True).start()
    ray.init(
        address=job["address"],
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=True,
        logging_level="ERROR",
    )
    said = Queue()
    # A worker that dies (killed, out of memory, lost with its machine) is replaced, and its shard is tried again.
    task = run_shard.options(max_retries=job["retries"])
    waiting = {
        task.remote(job["command"], shard, job["cwd"], said, job["retries"]): shard["name"]
        for shard in job["shards"]
    }
    while waiting:
        done, _ = ray.wait(list(waiting), timeout=0.5)
        relay(said)
        for result in done:
            shard = waiting.pop(result)
            try:
                error = ray.get(result)
            except ray.exceptions.RayError as failure:
                error = str(failure).strip().splitlines()[0]
            tell(shard=shard, error=error) if error else tell(shard=shard, done=True)
    relay(said)
    ray.shutdown()


if __name__ == "__main__":
    main()
