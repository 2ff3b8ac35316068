/** A smooth function at a point: its value and its gradient. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

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
 * Minimises a convex function, in place: asks for the function at one point after another, and is told what it is there.
 * Ends where the steepest slope is under `tolerance`, no step goes down, or `goOn` says so.
 *
 * J. Nocedal and S. J. Wright, *Numerical Optimization* (2006), algorithms 7.4 and 7.5, with backtracking.
 *
 * @param x where to start; after each step the point it led to.
 * @param goOn told of each step what was found where it led to.
 */
export function* lbfgs<At extends Slope>(
  x: Float64Array,
  goOn: (at: At) => boolean,
  tolerance = 1e-6,
): Generator<Float64Array, void, At> {
  const memory: Pair[] = [];
  let here = yield x;
  while (steepest(here.gradient) > tolerance) {
    const direction = descent(here.gradient, memory);
    const slope = dot(direction, here.gradient);
    let length = memory.length ? 1 : FIRST_STEP / Math.sqrt(dot(here.gradient, here.gradient));
    for (;;) {
      const next = x.map((value, i) => value + length * direction[i]);
      const there = yield next;
      if (there.value <= here.value + SUFFICIENT_DECREASE * length * slope) {
        remember(memory, x, next, here.gradient, there.gradient);
        x.set(next);
        here = there;
        break;
      }
      length /= 2;
      if (length < SHORTEST_STEP) return;
    }
    if (!goOn(here)) return;
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
  memory.forEach(({ step, change, rho }, i) =>
    addScaled(direction, step, alphas[i] - rho * dot(change, direction))
  );
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
