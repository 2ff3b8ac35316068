"""Runs the conformance tests of jupyter_kernel_test on the kernel."""
import sys
import unittest

sys.path = [path for path in sys.path if not path.endswith("tests/notebook/kernel")]

# jsonschema imports the package where it is installed, to check addresses that no message has; the import builds a
# grammar, which takes more than three seconds.
sys.modules["rfc3987_syntax"] = None

import jupyter_kernel_test


class CircuitbookTests(jupyter_kernel_test.KernelTests):
    kernel_name = "circuitbook"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oh no')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "`a${1 + 1}`", "result": '"a2"'},
        {"code": "0 / 0", "result": "NaN"},
        {"code": "10n", "result": "10n"},
        {"code": "-0", "result": "-0"},
    ]
    code_display_data = [
        {"code": "await Deno.jupyter.display(Deno.jupyter.html`<b>b</b>`)", "mime": "text/html"},
        {"code": "Deno.jupyter.display(Deno.jupyter.md`# a`)", "mime": "text/markdown"},
    ]
    code_generate_error = "throw new Error('x')"
    code_inspect_sample = "Array.isArray"
    completion_samples = [{"text": "Math.roun", "matches": {"round"}}]
    complete_code_samples = ["1 + 1", "const a = [1,\n2];", "for (const x of [1]) console.log(x)"]
    incomplete_code_samples = ["const a = [", "function f() {", "`abc", "f(1,"]
    invalid_code_samples = ["a b", "const = 3", "}"]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_clear_output = "await Deno.jupyter.broadcast('clear_output', { wait: false })"


if __name__ == "__main__":
    unittest.main(verbosity=2)
