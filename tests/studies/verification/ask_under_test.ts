import { countdown, knockOut, loadModel, tables, verification } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";
import { assertEquals } from "@std/assert";

const problem = countdown.problem([79, 17, 60], 36);
const questionAbout = (line: string) =>
  verification.questionOf(countdown.attempts(line, problem)[0], problem);
const base = await loadModel("countdown-base", { device: "cpu" });

Deno.test("asking under several edits is asking again under each, with what the attempts are", async () => {
  const lines = ["79 - 60 + 17 = 36", "79 - 60 - 17 = 2", "79 - 60 - 17 = 36"];
  const questions = lines.map(questionAbout);
  const edits = { nothing: [], heads: knockOut([[1, 3], [1, 5]], { rows: [0] }) };
  const table = await verificationStudy.askUnder(base, questions, edits);
  const rows = table.toRecords();
  assertEquals(rows.map(({ attempt }) => attempt), [
    "correct",
    "wrong",
    "debatable",
    "correct",
    "wrong",
    "debatable",
  ]);
  const alone = tables.numberRows(await verification.ask(base, questions, { edit: edits.heads }));
  assertEquals(
    rows.slice(3).map(({ edit, yes }) => [edit, yes]),
    alone.map(({ yes }) => ["heads", yes]),
  );
  assertEquals(new Set(rows.map(({ problem }) => problem)), new Set(["17,60,79=36"]));
});
