"""Runs cells in a kernel; once a cell prints "interrupt me" the kernel gets what the Stop button sends.

Reads a list of cells as JSON, each of which gives a value or an error; prints for each the error's name or the value's text,
or, like JupyterLab, null when it has not come before the kernel calls itself idle (with --until-idle).
"""
import json
import sys

from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="circuitbook", cwd=sys.argv[1])
try:
    for cell in json.load(sys.stdin):
        message_id = client.execute(cell)
        gave, idle = [], False
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream" and "interrupt me" in content["text"]:
                manager.interrupt_kernel()
            if kind == "error":
                gave.append(content["ename"])
            if kind == "execute_result":
                gave.append(content["data"]["text/plain"])
            idle = idle or kind == "status" and content["execution_state"] == "idle"
            if idle and (gave or "--until-idle" in sys.argv):
                break
        print(json.dumps(gave[0] if gave else None), flush=True)
finally:
    manager.shutdown_kernel(now=True)
