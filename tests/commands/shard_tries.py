"""Runs a shard as the driver of Ray does, without Ray.

Arguments: the folder of the driver, a script for bash that stands for the shard's process ($3 is the
output), the output, and how often the shard is tried again. Prints {"error": …, "said": […]}.
"""
import os
import queue
import sys
import types

ray = types.ModuleType("ray")
ray.remote = lambda **_: lambda function: function
ray_queue = types.ModuleType("ray.util.queue")
ray_queue.Empty = queue.Empty
ray_queue.Queue = queue.Queue
util = types.ModuleType("ray.util")
sys.modules.update({"ray": ray, "ray.util": util, "ray.util.queue": ray_queue})

folder, script, out, retries = sys.argv[1:]
sys.path.insert(0, folder)
import ray_driver

said = queue.Queue()
shard = {"name": "1/2", "out": out}
command = ["bash", "-c", script]
error = ray_driver.run_shard(command, shard, os.path.dirname(out), said, int(retries))
ray_driver.tell(error=error, said=[line for _, line in said.queue])
