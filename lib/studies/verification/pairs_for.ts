import type { Architecture } from "../../model/plan/architecture.ts";
import { parameterCount } from "../../model/plan/parameter_count.ts";

/** How many pairs are used by default, for models of few and of many parameters. */
const PAIRS = { small: 90, large: 45 };

/** With more parameters than this, a search on 90 pairs takes many minutes. */
const FEW_PARAMETERS = 5e7;

/**
 * Returns on how many pairs the verification heads of a model are searched and validated by
 * default. The number does not depend on the machine, so that a model has one set everywhere.
 */
export function pairsFor({ shapes }: Pick<Architecture, "shapes">): number {
  return parameterCount(shapes) <= FEW_PARAMETERS ? PAIRS.small : PAIRS.large;
}
