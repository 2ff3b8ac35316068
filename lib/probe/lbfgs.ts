/** A smooth function: its value at `x`; writes its gradient into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

const MEMORY = 10;
const FIRST_STEP = 0.1;
const SUFFICIENT_DECREASE = 1e-4;
const SHORTEST_STEP = 1e-10;

interface Pair {
  step: Float64Array;
  change: Float64Array;
  rho: number;
}

/**
 * Minimises a convex function, in place, one L-BFGS step per turn of the iterator; ends where the steepest slope is
 * under `tolerance` or no step goes down.
 *
 * J. Nocedal and S. J. Wright, *Numerical Optimization* (2006), algorithms 7.4 and 7.5, with backtracking.
 */
export function* lbfgs(objective: Objective, x: Float64Array, tolerance = 1e-6): Generator<number> {
  const size = x.length, memory: Pair[] = [];
  let gradient = new Float64Array(size), nextGradient = new Float64Array(size);
  const next = new Float64Array(size);
  let value = objective(x, gradient);
  while (steepest(gradient) > tolerance) {
    const direction = descent(gradient, memory);
    const slope = dot(direction, gradient);
    let length = memory.length ? 1 : FIRST_STEP / Math.sqrt(dot(gradient, gradient));
    let nextValue: number;
    for (;;) {
      for (let i = 0; i < size; i++) next[i] = x[i] + length * direction[i];
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + SUFFICIENT_DECREASE * length * slope) break;
      length /= 2;
      if (length < SHORTEST_STEP) return;
    }
    remember(memory, x, next, gradient, nextGradient);
    x.set(next);
    [gradient, nextGradient] = [nextGradient, gradient];
    value = nextValue;
    yield value;
  }
}

/** The two-loop recursion: minus the inverse Hessian, as the remembered steps show it, times the gradient. */
function descent(gradient: Float64Array, memory: readonly Pair[]): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const alphas = memory.toReversed().map(({ step, change, rho }) => {
    const alpha = rho * dot(step, direction);
    addScaled(direction, change, -alpha);
    return alpha;
  }).reverse();
  const last = memory.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.change, last.change));
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  memory.forEach(({ step, change, rho }, i) => addScaled(direction, step, alphas[i] - rho * dot(change, direction)));
  return direction;
}

function remember(
  memory: Pair[],
  x: Float64Array,
  next: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const step = next.map((value, i) => value - x[i]);
  const change = nextGradient.map((value, i) => value - gradient[i]);
  const curvature = dot(step, change);
  if (curvature <= 0) return;
  memory.push({ step, change, rho: 1 / curvature });
  if (memory.length > MEMORY) memory.shift();
}

function steepest(gradient: Float64Array): number {
  return gradient.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
}

function addScaled(to: Float64Array, from: Float64Array, scale: number): void {
  for (let i = 0; i < to.length; i++) to[i] += scale * from[i];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
