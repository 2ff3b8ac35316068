import pl from "nodejs-polars";
import { checkArguments, is } from "../../base/arguments.ts";
import { columnOf } from "../../table/columns.ts";
import type { TableOf } from "../../table/table.ts";

/**
 * Tokens with their English: first the words of the embedded models, then the words that the source
 * found (translated by machine).
 */
const TOKENS = `
正确 correct | 没错 that's right | 成功 success | 错误 mistake | 失败 failure | 不对 incorrect | 错 wrong | 误 mistaken
功 merit | 成 become | 。 full stop | 败 defeat | 确 certain
无效 invalid | 绝不 absolutely not | ไม no | 不准 not allowed | 不舒服 uncomfortable | 不满 dissatisfied | 无力 powerless
决不 absolutely not | 一经 once | 正当 proper | 不开 not open | 若您 if you | 来不及 too late | 不克 unable | 赧 embarrassed
不合适 unsuitable | 正是 exactly | 并不意味 does not mean | 不该 should not | 不代表 does not represent | 不应 should not
不同意 disagree | 胜 win | 打了 hit | 打 hit | 不算 doesn't count | 不下 not below | 不了 unable | 牢 firm | não not
不适合 unsuitable | 不宜 inadvisable | 捣 pound | 恰好 exactly | 不完 unfinished | 不 not | не not | 就这样 just like that
不同的 different | 不见 not visible | 照 according to | чёт something | 沁 permeated | 不在 absent | 不是 is not`;

/** English for tokens in other languages that are near verification vectors. */
export const glossary: ReadonlyMap<string, string> = new Map(
  TOKENS.trim().split(/\n| \| /).map((entry) => {
    const space = entry.indexOf(" ");
    return [entry.slice(0, space), entry.slice(space + 1)];
  }),
);

/**
 * Returns the English of a token in another language, from the glossary: `part of a character` for
 * a lone byte, and an empty text for any other token.
 *
 * @param token the text of a token.
 * @returns the English.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([" 不对", "成功", "works"].map(verificationStudy.english), [
 *   "incorrect",
 *   "success",
 *   "",
 * ]);
 * ```
 */
export function english(token: string): string {
  checkArguments("english", { token: [token, is.text] });

  if (/<0x[0-9A-F]{2}>|\uFFFD/.test(token)) return "part of a character";
  return glossary.get(token) ?? glossary.get(token.trim()) ?? "";
}

/**
 * Returns a table of tokens with one more column, `english`; see {@link english}.
 *
 * @param table a table with a column `token`.
 * @returns the table with the column.
 *
 * @example
 * ```ts
 * import { tables } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   verificationStudy.withEnglish(tables.tableOf([{ token: "失败" }])).getColumn("english")
 *     .toArray(),
 *   ["failure"],
 * );
 * ```
 */
export function withEnglish<Row extends { token: string }>(
  table: TableOf<Row>,
): TableOf<Row & { english: string }> {
  checkArguments("withEnglish", { table: [table, is.table] });

  const words = columnOf(table, "token").map((token) => english(String(token)));
  return table.withColumn(pl.Series("english", words));
}
