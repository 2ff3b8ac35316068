import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import {
  addEntry,
  type Entry,
  HISTORY,
  lastRunOf,
  readHistory,
} from "../../../lib/notebook/report/history.ts";
import { entry } from "./entries.ts";

async function withReports(test: (reports: string) => Promise<void>): Promise<void> {
  const reports = await Deno.makeTempDir();
  try {
    await test(reports);
  } finally {
    await Deno.remove(reports, { recursive: true });
  }
}

const runs = (entries: readonly Entry[]) => entries.map(({ run }) => run);

Deno.test("a history keeps its entries, and a damaged line is passed over aloud", async () => {
  await withReports(async (reports) => {
    assertEquals(await readHistory(reports), { entries: [], complaints: [] });
    await addEntry(entry({ run: "2026-01-02" }), reports);
    const path = join(reports, HISTORY);
    await Deno.writeTextFile(path, '{"run":"2026-01-0', { append: true });
    await addEntry(entry({ run: "2026-01-01" }), reports);
    await Deno.writeTextFile(path, '{"run":"2026-01-03"}\n', { append: true });
    const { entries, complaints } = await readHistory(reports);
    assertEquals(runs(entries), ["2026-01-01", "2026-01-02"]);
    assertEquals(complaints.length, 2);
    assertMatch(
      complaints[0],
      /^Expected a run in line 2 of .*runs\.jsonl but found a damaged line/,
    );
    assertMatch(complaints[1], /line 4 /);
  });
});

Deno.test("an entry that was written before ignored attributes were kept has none", async () => {
  await withReports(async (reports) => {
    const base = { name: "b", hash: "1", ignored: [] };
    const now = entry({ base });
    const { ignored: _, ...before } = now;
    const { ignoreConfig: __, ...asked } = now.asked;
    const line = JSON.stringify({ ...before, asked, base: { name: "b", hash: "1" } });
    await Deno.writeTextFile(join(reports, HISTORY), line + "\n");
    assertEquals(await readHistory(reports), { entries: [now], complaints: [] });
  });
});

Deno.test("reports that run side by side lose no entry", async () => {
  await withReports(async (reports) => {
    const days = Array.from({ length: 40 }, (_, i) => `2026-01-${String(i + 1).padStart(2, "0")}`);
    await Promise.all(days.map((run) => addEntry(entry({ run }), reports)));
    const { entries, complaints } = await readHistory(reports);
    assertEquals([runs(entries), complaints], [days, []]);
  });
});

Deno.test("the last run of a notebook is the last one that was asked for the same model", () => {
  const asked = { model: "other", base: null, adapter: null, ignoreConfig: null };
  const entries = [entry({ run: "1" }), entry({ run: "2" }), entry({ run: "3", asked })];
  assertEquals(lastRunOf(entries, "01-a", entries[0].asked)?.run, "2");
  assertEquals(lastRunOf(entries, "01-a", asked)?.run, "3");
  assertEquals(lastRunOf(entries, "02-b", asked), undefined);
});
