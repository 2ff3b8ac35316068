// Folders that imitate those of Linux's control groups, in the formats of version 1 and version 2.
import { assertEquals } from "@std/assert";
import { dirname } from "@std/path";
import { leftInGroups } from "../../lib/model/engine/available_memory.ts";
import { temporaryFolder } from "../checkpoint/files.ts";

/** Writes the files of control groups, and returns what the groups of a process have left. */
async function leftWith(
  groups: string,
  files: Readonly<Record<string, string>>,
): Promise<number> {
  await using root = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(`${root.path}/${dirname(path)}`, { recursive: true });
    await Deno.writeTextFile(`${root.path}/${path}`, `${content}\n`);
  }
  return leftInGroups(groups, root.path);
}

Deno.test("version 2: the limit less what is used, with the copies of files that can be given back", async () => {
  const files = {
    "user/job/memory.max": "1000",
    "user/job/memory.current": "700",
  };
  assertEquals(await leftWith("0::/user/job\n", files), 300);
  const stat = "anon 500\nfile 200\ninactive_file 120\nactive_file 30\ninactive_anon 9";
  assertEquals(await leftWith("0::/user/job\n", { ...files, "user/job/memory.stat": stat }), 450);
  const full = { ...files, "user/job/memory.current": "1024" };
  assertEquals(await leftWith("0::/user/job\n", full), 0);
});

Deno.test("version 2: the tightest group counts, be it the process's own, one around it, or the root", async () => {
  const files = {
    "user/job/memory.max": "1000",
    "user/job/memory.current": "100",
    "user/memory.max": "max",
    "user/memory.current": "100",
  };
  const groups = "0::/user/job\n";
  assertEquals(await leftWith(groups, files), 900);
  assertEquals(await leftWith(groups, { ...files, "user/memory.max": "600" }), 500);
  const root = { "memory.max": "250", "memory.current": "50" };
  assertEquals(await leftWith(groups, { ...files, ...root }), 200);
  // In a container, the root is the container's group, and the path may be a path of the machine
  // outside.
  assertEquals(await leftWith("0::/docker/1234\n", root), 200);
  assertEquals(await leftWith("0::/\n", root), 200);
});

Deno.test("version 1: the hierarchy of memory counts, with the copies of files of all groups inside", async () => {
  const groups = "7:cpu,cpuacct:/cpu\n4:memory:/batch/job\n1:name=systemd:/x\n0::/user\n";
  const files = {
    "memory/batch/job/memory.limit_in_bytes": "9223372036854771712",
    "memory/batch/job/memory.usage_in_bytes": "300",
    "memory/batch/memory.limit_in_bytes": "1000",
    "memory/batch/memory.usage_in_bytes": "800",
    "memory/batch/memory.stat":
      "inactive_file 1\nactive_file 2\ntotal_inactive_file 50\ntotal_active_file 25",
    // The limit of another controller's group with the same path is no limit of memory.
    "memory/cpu/memory.limit_in_bytes": "1",
    "memory/cpu/memory.usage_in_bytes": "1",
  };
  assertEquals(await leftWith(groups, files), 275);
});

Deno.test("groups without a limit or without files limit nothing", async () => {
  const unlimited = { "job/memory.max": "max", "job/memory.current": "700" };
  assertEquals(await leftWith("0::/job\n", unlimited), Infinity);
  assertEquals(await leftWith("0::/job\n", { "job/memory.max": "1000" }), Infinity);
  assertEquals(await leftWith("0::/job\n", { "job/memory.current": "1000" }), Infinity);
  assertEquals(await leftWith("0::/gone\n4:memory:/gone\n", {}), Infinity);
  assertEquals(await leftWith("7:cpu:/job\n", unlimited), Infinity);
  assertEquals(await leftWith("", unlimited), Infinity);
});
