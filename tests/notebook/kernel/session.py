"""Runs steps in a kernel: reads each step as a line of JSON, and prints what the step gave as a line of JSON.

usage: session.py FOLDER < STEPS

{"cells": […]} sends all cells at once, as Run All does, and gives the reply's status, the number of the cell and the outputs
of each that came before the kernel called itself idle; a cell that prints "interrupt me" is interrupted. {"complete": CODE}
and {"inspect": CODE} ask at the place of "|" in CODE. {"write": NAME, "text": TEXT} writes a file. {"restart": true} restarts
the kernel. {"answer": TEXT, "cells": […]} answers the questions of the cells.
"""
import json
import pathlib
import sys
import time
from queue import Empty

from jupyter_client.manager import start_new_kernel

TIMEOUT = 300

folder = pathlib.Path(sys.argv[1])
manager, client = start_new_kernel(kernel_name="circuitbook", cwd=str(folder), startup_timeout=TIMEOUT)


def output(kind, content):
    if kind == "stream":
        return {"stream": content["name"], "text": content["text"]}
    if kind == "error":
        return {"error": content["ename"], "message": content["evalue"], "trace": content["traceback"]}
    if kind in ("execute_result", "display_data", "update_display_data"):
        return {"shown": kind, "data": content["data"], "id": content.get("transient", {}).get("display_id")}
    return None


def run_cells(cells, answer=None):
    ids = [client.execute(cell, allow_stdin=answer is not None) for cell in cells]
    outputs = {message_id: [] for message_id in ids}
    waiting = set(ids)
    late = 0
    started = time.monotonic()
    while waiting:
        if answer is not None:
            try:
                client.get_stdin_msg(timeout=0.05)
                client.input(answer)
            except Empty:
                pass
        try:
            # A cell that asks sends nothing here until it is answered.
            message = client.get_iopub_msg(timeout=TIMEOUT if answer is None else 0.05)
        except Empty:
            if time.monotonic() - started > TIMEOUT:
                raise
            continue
        parent = message["parent_header"].get("msg_id")
        kind, content = message["msg_type"], message["content"]
        if parent not in outputs:
            continue
        found = output(kind, content)
        if found and parent not in waiting:
            late += 1
        elif found:
            outputs[parent].append(found)
        if kind == "stream" and "interrupt me" in content["text"]:
            manager.interrupt_kernel()
        if kind == "status" and content["execution_state"] == "idle":
            waiting.discard(parent)
    replies = {}
    while len(replies) < len(ids):
        reply = client.get_shell_msg(timeout=TIMEOUT)
        if reply["parent_header"]["msg_id"] in outputs:
            replies[reply["parent_header"]["msg_id"]] = reply["content"]
    keys = {"status": "status", "line": "line", "number": "execution_count"}
    told = [{key: replies[i].get(name) for key, name in keys.items()} for i in ids]
    return [{**reply, "outputs": outputs[i]} for i, reply in zip(ids, told)], late


def ask(kind, code):
    at = code.index("|")
    text = code[:at] + code[at + 1:]
    message_id = getattr(client, kind)(text, at)
    while True:
        reply = client.get_shell_msg(timeout=TIMEOUT)
        if reply["parent_header"]["msg_id"] == message_id:
            return reply["content"]


try:
    for line in sys.stdin:
        step = json.loads(line)
        if "cells" in step:
            cells, late = run_cells(step["cells"], step.get("answer"))
            result = {"cells": cells, "late": late}
        elif "write" in step:
            path = folder / step["write"]
            path.parent.mkdir(exist_ok=True)
            path.write_text(step["text"])
            result = {}
        elif "restart" in step:
            manager.restart_kernel(now=True)
            client.wait_for_ready(timeout=TIMEOUT)
            result = {}
        else:
            kind = "complete" if "complete" in step else "inspect"
            result = ask(kind, step[kind])
        print(json.dumps(result), flush=True)
finally:
    manager.shutdown_kernel(now=True)
