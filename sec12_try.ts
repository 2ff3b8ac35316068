import { isQuick } from "./lib/checkpoint/tokenizer/expression_trial.ts";
import { charactersOf } from "./lib/checkpoint/tokenizer/expression_characters.ts";
const good = [
 String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
 String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
 "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
 "[一-龥぀-ゟ゠-ヿ]+", String.raw`\s+$`, String.raw`\p{N}{1,3}`,
];
for (const g of good) { const a=performance.now(); const c = charactersOf(new RegExp(g,"gu"), ()=>true); const b=performance.now(); const q=isQuick(g, 60000); console.log(q, "kinds", c.kinds.length, (b-a).toFixed(0), (performance.now()-b).toFixed(0), g.slice(0,40)); }
const bad = [String.raw`(\p{Lu}+)+$`, String.raw`(\p{Script=Cyrillic}+)+$`, "ABCDEFGHIJKLMNOPQRSTUVWXYZbcdefghijklmnopqrstuvwxy|(Ж+)+$", String.raw`([а-яё]+)+$`, String.raw`(\P{L}+)+$`, "x(a+)+$", "([^q]+)+$", String.raw`(\p{Script=Adlam}+)+x`, "(?i:(k+)+)$","(a+)+$","(?<=q)(z+)+$","x*x*x*x*y", "\\d\\w{2}(\\p{Lt}+)+$","(n|nn)+$","(?:abc|a[bz]c)*x","(?:\\u2603+)+x","foo(?:bar|qux)([\\u{1F600}-\\u{1F64F}]+)+$"];
for (const g of bad) { const b=performance.now(); const q=isQuick(g, 5000); console.log(q, (performance.now()-b).toFixed(0), g); }
