import type { Architecture } from "../model/plan/architecture.ts";
import { parameterCount } from "../model/plan/parameter_count.ts";
import { formatNumber } from "../plot/mod.ts";

/** Returns the number of a model's parameters in words: "134.5 million parameters". */
export function parametersInWords({ shapes }: Pick<Architecture, "shapes">): string {
  return `${millions(parameterCount(shapes))} parameters`;
}

function millions(count: number): string {
  if (count >= 1e9) return `${formatNumber(count / 1e9)} billion`;
  return count >= 1e6 ? `${formatNumber(count / 1e6)} million` : formatNumber(count);
}
