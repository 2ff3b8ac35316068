import { assert, assertEquals } from "@std/assert";
import { changesText } from "../../../lib/notebook/report/change_words.ts";
import { changesSince, lastChanges, resultsOf } from "../../../lib/notebook/report/changes.ts";
import { sparkline } from "../../../lib/notebook/report/sparkline.ts";
import { select } from "../../plot/parse.ts";
import { entry, result } from "./entries.ts";

const [MONDAY, TUESDAY, FRIDAY] = [
  "2026-01-05T09:00:00.000Z",
  "2026-01-06T09:00:00.000Z",
  "2026-01-09T09:00:00.000Z",
];

/** The changes of "01-a" between Monday and Tuesday, as lines. */
function linesBetween(before: Partial<Parameters<typeof entry>[0]>, after: typeof before) {
  const entries = [entry({ run: MONDAY, ...before }), entry({ run: TUESDAY, ...after })];
  return changesText(lastChanges(entries));
}

Deno.test("a claim that turned comes first, then a value beyond its earlier interval", () => {
  const lines = linesBetween(
    { claims: [result(), result({ id: "moved" }), result({ id: "still" })] },
    {
      claims: [
        result({ verdict: "contradicts", value: 0.3, interval: [0.2, 0.4] }),
        result({ id: "moved", value: 0.97, interval: [0.96, 0.98] }),
        result({ id: "still", value: 0.94 }),
      ],
    },
  );
  assertEquals(lines, [
    "The run of 2026-01-06 09:00 UTC against what was there on 2026-01-05 09:00 UTC.",
    "",
    "Claims that turned",
    "  m/01-a, sure: replicates → contradicts, 90 % (80 to 95) → 30 % (20 to 40). It holds.",
    "",
    "Values beyond their earlier interval",
    "  m/01-a, moved: replicates, 90 % (80 to 95) → 97 % (96 to 98). It holds.",
    "",
    "Run times",
    "  All within 20 % of before.",
  ]);
});

Deno.test("run times are compared between runs with equally many threads", () => {
  const lines = linesBetween({ seconds: 40 }, { seconds: 90, threads: 1 });
  assertEquals(lines.slice(1), [
    "",
    "Run times",
    "  1 not compared: another number of threads.",
    "",
    "What differed between the runs",
    "  threads: all cores → 1 (m/01-a)",
  ]);
  assert(
    linesBetween({ seconds: 40, threads: 1 }, { seconds: 90, threads: 1 })
      .includes("  m/01-a: 40 s → 1 min 30 s"),
  );
});

Deno.test("claims that came or went, stops, times and conditions are told", () => {
  const lines = linesBetween(
    { claims: [result()], seconds: 100, hash: "1".repeat(64), failure: null },
    {
      claims: [result({ id: "fresh" })],
      seconds: 130,
      hash: "2".repeat(64),
      commit: `${"d".repeat(40)}-dirty`,
    },
  );
  const said = (text: string) => assert(lines.includes(`  ${text}`), lines.join("\n"));
  said("m/01-a, fresh: replicates, 90 % (80 to 95). It holds.");
  said("m/01-a, sure: replicates, 90 % (80 to 95). It holds.");
  assert(lines.indexOf("New claims") < lines.indexOf("Claims that are gone"));
  said("m/01-a: 1 min 40 s → 2 min 10 s");
  said("weights of the model: 11111111 → 22222222 (m/01-a)");
  said("commit: cccccccc → dddddddd-dirty (m/01-a)");
  const base = { name: "b", hash: "3".repeat(64), ignored: [] };
  const ignoring = linesBetween({ base }, {
    ignored: ["logit_scale", "rope_scaling.factor"],
    base: { ...base, ignored: ["dropout"] },
  });
  for (
    const text of [
      "ignored attributes of the model: none → logit_scale, rope_scaling.factor (m/01-a)",
      "ignored attributes of the base: none → dropout (m/01-a)",
    ]
  ) assert(ignoring.includes(`  ${text}`), ignoring.join("\n"));
  const stopped = linesBetween({}, { failure: "cell 2: Error: x", hash: null });
  assert(stopped.includes("  m/01-a stopped: cell 2: Error: x"));
  assert(
    !stopped.some((line) => line.includes("weights")),
    "a run that stops early knows no model",
  );
});

Deno.test("a run that stopped hides no claim that turned, and its claims are not gone", () => {
  const failure = "cell 2: Error: x";
  const entries = [
    entry({ run: MONDAY, claims: [result(), result({ id: "late" })], seconds: 100 }),
    entry({ run: TUESDAY, claims: [result({ verdict: "contradicts" })], failure, seconds: 3 }),
    entry({
      run: FRIDAY,
      claims: [result({ verdict: "contradicts" }), result({ id: "late" })],
      seconds: 100,
    }),
  ];
  const tuesday = changesText(lastChanges(entries.slice(0, 2)));
  assert(tuesday.includes("Claims that turned"), tuesday.join("\n"));
  assert(!tuesday.includes("Claims that are gone"), tuesday.join("\n"));
  assertEquals(changesText(lastChanges(entries)).slice(1), [
    "",
    "Claims that turned",
    "  m/01-a, sure: replicates → contradicts, 90 % (80 to 95) → 90 % (80 to 95). It holds.",
    "",
    "Runs that stopped, or run whole again",
    "  m/01-a runs to its end again.",
    "",
    "Run times",
    "  All within 20 % of before.",
  ]);
});

Deno.test("changes are told since any run, and each notebook is compared with its own last run", () => {
  const entries = [
    entry({ run: MONDAY, claims: [result({ verdict: "inconclusive" })] }),
    entry({ run: MONDAY, notebook: "02-b" }),
    entry({ run: TUESDAY, claims: [result()] }),
    entry({ run: FRIDAY, notebook: "02-b" }),
    entry({ run: FRIDAY, folder: "other" }),
  ];
  assertEquals(lastChanges(entries).notebooks.map(({ after }) => after.notebook), ["02-b"]);
  assertEquals(lastChanges(entries).first.map(({ folder }) => folder), ["other"]);
  const since = changesSince(entries, (run) => run <= MONDAY);
  assertEquals(since.notebooks.map(({ after, turned }) => [after.notebook, turned.length]), [
    ["01-a", 1],
    ["02-b", 0],
  ]);
  assertEquals(changesText(changesSince(entries, (run) => run <= FRIDAY)), [
    "Nothing was run since 2026-01-09 09:00 UTC.",
  ]);
  assertEquals(lastChanges([]).runs, []);
});

Deno.test("the history of a claim is a line with a dot for each run that measured it", () => {
  const entries = [
    entry({ run: MONDAY, claims: [result({ value: 0, interval: [0, 0] })] }),
    entry({ run: TUESDAY, claims: [result({ value: undefined, interval: undefined })] }),
    entry({
      run: FRIDAY,
      claims: [result({ value: 1, verdict: "contradicts", interval: [1, 1] })],
    }),
    entry({ run: FRIDAY, folder: "other", claims: [result()] }),
  ];
  const drawn = sparkline(resultsOf(entries, entries[0], "sure"));
  const dots = select(drawn, "circle");
  assertEquals(dots.map((dot) => dot.getAttribute("class")), ["replicates", "contradicts"]);
  const [low, high] = dots.map((dot) => Number(dot.getAttribute("cy")));
  assert(low > high, "a larger value is higher up");
  assertEquals(sparkline(resultsOf(entries, entries[3], "sure")), "", "one run has no history");
});
