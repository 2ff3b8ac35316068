"""Runs one notebook with nbclient and reports its events, one JSON object a line, on standard output.

usage: execute.py NOTEBOOK EXECUTED KERNEL KERNEL_LOG

Standard input says nothing: it ends when the process that started this one ends, by whatever signal, and then the kernel
and this process are ended, too.
"""
import json
import os
import re
import shutil
import signal
import sys
import threading

# jsonschema imports the package where it is installed, to check addresses that no notebook has; the import builds a
# grammar, which takes more than three seconds.
sys.modules["rfc3987_syntax"] = None

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

PROGRESS = "application/vnd.circuitbook.progress+json"

# How long a notebook expects to take (lib/notebook/pace.ts).
PACE = "application/vnd.circuitbook.pace+json"

# The error of a section that needs what the model lacks (lib/base/abilities.ts).
MISSING = "MissingAbility"


def tell(**event):
    print(json.dumps(event), flush=True)


def heading_levels(markdown):
    """Returns the levels of the headings of a markdown text, in order."""
    prose = re.sub(r"^(```|~~~).*?^\1", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return [len(marks) for marks in re.findall(r"^(#{1,6})\s", prose, flags=re.MULTILINE)]


class Client(NotebookClient):
    """Skips sections that the model cannot take part in, and tells the progress of cells.

    A cell that throws a MissingAbility ends its section: the code cells up to the next heading of the same or of a
    higher level are not run, and are marked as skipped in their metadata. The first code cell after several headings
    stands for the section of the highest of them."""

    level = 1  # of the section that the next code cell stands in
    at_heading = False  # whether no code cell has come since the last heading
    skipped_level = None  # of the section that is being skipped

    async def async_execute_cell(self, cell, cell_index, *args, **kwargs):
        if cell.cell_type == "markdown":
            self.pass_headings(cell.source)
        elif cell.cell_type == "code":
            self.at_heading = False
        if cell.cell_type == "code" and self.skipped_level is not None:
            cell.outputs = []
            cell.metadata["circuitbook"] = {"skipped": True}
            return cell
        try:
            return await super().async_execute_cell(cell, cell_index, *args, **kwargs)
        except CellExecutionError as error:
            if error.ename != MISSING:
                raise
            self.skipped_level = self.level
            return cell

    def pass_headings(self, markdown):
        for level in heading_levels(markdown):
            self.level = min(self.level, level) if self.at_heading else level
            self.at_heading = True
            if self.skipped_level is not None and level <= self.skipped_level:
                self.skipped_level = None

    def process_message(self, msg, cell, cell_index):
        data = msg["content"].get("data", {})
        if data.get(PROGRESS):
            tell(event="progress", cell=cell_index, bars=data[PROGRESS])
        if data.get(PACE):
            tell(event="pace", cell=cell_index, sentence=data[PACE])
        return super().process_message(msg, cell, cell_index)


def failure(cell, content):
    told = {key: content[key] for key in ("ename", "evalue", "traceback", "line") if key in content}
    tell(event="failure", cell=cell, **told)


def end_with_starter(scratch):
    """Waits for the end of standard input, then kills the kernel with all that it has started, and removes the scratch folder."""
    while os.read(0, 1024):
        pass
    for child in psutil.Process().children(recursive=True):
        try:
            # A kernel leads a process group of its own; this process is in the group of whoever started it.
            if os.getpgid(child.pid) == child.pid:
                os.killpg(child.pid, signal.SIGKILL)
            child.kill()
        except (psutil.NoSuchProcess, ProcessLookupError):
            pass
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(1)


def main(source, executed, kernel, kernel_log):
    threading.Thread(target=end_with_starter, args=[os.path.dirname(executed)], daemon=True).start()
    notebook = nbformat.read(source, as_version=4)
    running = {"cell": 0}

    def on_cell_start(cell, cell_index):
        if cell.cell_type == "code":
            running["cell"] = cell_index
            tell(event="cell", cell=cell_index)

    def on_cell_executed(cell, cell_index, execute_reply):
        content = execute_reply["content"]
        if content["status"] == "error" and content["ename"] != MISSING:
            failure(cell_index, content)

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
            pass  # on_cell_executed has reported it
        except DeadKernelError as error:
            failure(running["cell"], {"ename": "DeadKernelError", "evalue": str(error), "traceback": []})
    nbformat.write(notebook, executed)


main(*sys.argv[1:])
