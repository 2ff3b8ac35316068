"""Runs one notebook with nbclient and tells what happens, one JSON object a line on standard output.

usage: execute.py NOTEBOOK EXECUTED KERNEL KERNEL_LOG
"""
import json
import os
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

PROGRESS = "application/vnd.circuitbook.progress+json"


def tell(**event):
    print(json.dumps(event), flush=True)


class Client(NotebookClient):
    def process_message(self, msg, cell, cell_index):
        progress = msg["content"].get("data", {}).get(PROGRESS)
        if progress:
            tell(event="progress", cell=cell_index, bars=progress)
        return super().process_message(msg, cell, cell_index)


def failure(cell, ename, evalue, traceback=()):
    tell(event="failure", cell=cell, ename=ename, evalue=evalue, traceback=list(traceback))


def main(source, executed, kernel, kernel_log):
    notebook = nbformat.read(source, as_version=4)
    running = {"cell": 0}

    def on_cell_start(cell, cell_index):
        running["cell"] = cell_index
        tell(event="cell", cell=cell_index)

    def on_cell_executed(cell, cell_index, execute_reply):
        content = execute_reply["content"]
        if content["status"] == "error":
            failure(cell_index, content["ename"], content["evalue"], content.get("traceback", []))

    client = Client(
        notebook,
        kernel_name=kernel,
        timeout=None,
        on_cell_start=on_cell_start,
        on_cell_executed=on_cell_executed,
        resources={"metadata": {"path": os.path.dirname(os.path.abspath(source))}},
    )
    with open(kernel_log, "wb") as log:
        try:
            client.execute(stderr=log)
        except CellExecutionError:
            pass  # told by on_cell_executed
        except DeadKernelError as error:
            failure(running["cell"], "DeadKernelError", str(error))
    nbformat.write(notebook, executed)


main(*sys.argv[1:])
