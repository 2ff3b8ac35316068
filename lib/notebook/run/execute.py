"""Runs one notebook with nbclient and reports its events, one JSON object a line, on standard output.

usage: execute.py NOTEBOOK EXECUTED KERNEL KERNEL_LOG
"""
import json
import os
import re
import sys
from queue import Empty

# jsonschema imports the package where it is installed, to check addresses that no notebook has; the import builds a
# grammar, which takes more than three seconds.
sys.modules["rfc3987_syntax"] = None

import nbformat
from jupyter_client.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

PROGRESS = "application/vnd.circuitbook.progress+json"
FENCE = "application/vnd.circuitbook.fence+json"
OUTPUTS = {"stream", "display_data", "update_display_data", "execute_result", "clear_output"}

# The error of a section that needs what the model lacks (lib/base/abilities.ts).
MISSING = "MissingAbility"

# The kernel sends prints and values through two queues; this code sends one mark through each.
FENCE_CODE = f"""await Deno.jupyter.broadcast("display_data", {{ data: {{ "{FENCE}": 1 }}, metadata: {{}}, transient: {{}} }});
console.log("{FENCE}");"""


def tell(**event):
    print(json.dumps(event), flush=True)


def heading_levels(markdown):
    """Returns the levels of the headings of a markdown text, in order."""
    prose = re.sub(r"^(```|~~~).*?^\1", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return [len(marks) for marks in re.findall(r"^(#{1,6})\s", prose, flags=re.MULTILINE)]


class Client(NotebookClient):
    """Skips sections that the model cannot take part in, and collects the outputs that leave the kernel late.

    A cell that throws a MissingAbility ends its section: the code cells up to the next heading of the same or of a
    higher level are not run, and are marked as skipped in their metadata. The first code cell after several headings
    stands for the section of the highest of them.

    Deno's kernel (2.9) calls itself idle before the last outputs of a cell have left: about one value in eight
    arrives after nbclient stopped listening. A mark is sent after each cell, and all outputs that arrive before the
    mark belong to the cell."""

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
            executed = await super().async_execute_cell(cell, cell_index, *args, **kwargs)
        except CellExecutionError as error:
            await self.collect_late_outputs(cell, cell_index)
            if error.ename != MISSING:
                raise
            self.skipped_level = self.level
            return cell
        if cell.cell_type == "code":
            await self.collect_late_outputs(cell, cell_index)
        return executed

    def pass_headings(self, markdown):
        for level in heading_levels(markdown):
            self.level = min(self.level, level) if self.at_heading else level
            self.at_heading = True
            if self.skipped_level is not None and level <= self.skipped_level:
                self.skipped_level = None

    async def collect_late_outputs(self, cell, cell_index):
        await ensure_async(self.kc.execute(FENCE_CODE, store_history=False))
        marks = 0
        while marks < 2:
            try:
                message = await ensure_async(self.kc.iopub_channel.get_msg(timeout=10))
            except Empty:
                return
            content = message["content"]
            if FENCE in content.get("data", {}) or FENCE in content.get("text", ""):
                marks += 1
            elif message["msg_type"] in OUTPUTS:
                self.process_message(message, cell, cell_index)

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
        if cell.cell_type == "code":
            running["cell"] = cell_index
            tell(event="cell", cell=cell_index)

    def on_cell_executed(cell, cell_index, execute_reply):
        content = execute_reply["content"]
        if content["status"] == "error" and content["ename"] != MISSING:
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
            pass  # on_cell_executed has reported it
        except DeadKernelError as error:
            failure(running["cell"], "DeadKernelError", str(error))
    nbformat.write(notebook, executed)


main(*sys.argv[1:])
