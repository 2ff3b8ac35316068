/** The value and the gradient of a smooth function at one point. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** How many past steps approximate the inverse Hessian. */
const MEMORY = 10;

/** The length of the first step, before any curvature is known. */
const FIRST_STEP = 0.1;

/** The share of the decrease predicted by the slope that a step must reach (Armijo's condition). */
const SUFFICIENT_DECREASE = 1e-4;

/** The factor of a direction below which no shorter step is tried. */
const SHORTEST_STEP = 1e-10;

/** A past step, and what it says about the curvature. */
interface PastStep {
  /** The change of the point. */
  step: Float64Array;
  /** The change of the gradient. */
  change: Float64Array;
  /** 1 / (step · change). */
  rho: number;
}

/**
 * Minimises a smooth function; of a function that is not convex, it finds a local minimum. The
 * generator yields the points at which it needs the function, and is sent the value and gradient
 * there. It ends when the largest absolute slope is at most `tolerance`, when no step lowers the
 * value, or when `goOn` returns false.
 *
 * J. Nocedal and S. J. Wright, *Numerical Optimization* (2006), algorithms 7.4 and 7.5, with
 * backtracking.
 *
 * @param x the starting point. It is moved in place, to where each accepted step leads.
 * @param goOn called after each step with what was found there; returns whether to go on.
 * @param tolerance the largest absolute slope at which the search ends.
 */
export function* lbfgs<At extends Slope>(
  x: Float64Array,
  goOn: (at: At) => boolean,
  tolerance = 1e-6,
): Generator<Float64Array, void, At> {
  const memory: PastStep[] = [];
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

/**
 * Returns minus the approximate inverse Hessian times the gradient (the two-loop recursion,
 * algorithm 7.4).
 */
function descent(gradient: Float64Array, memory: readonly PastStep[]): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const alphas = memory.toReversed().map(({ step, change, rho }) => {
    const alpha = rho * dot(step, direction);
    addScaled(direction, change, -alpha);
    return alpha;
  }).reverse();
  const last = memory.at(-1);
  // The initial inverse Hessian is a multiple of the identity, sized by the last step (equation
  // 7.20).
  if (last) {
    const scale = 1 / (last.rho * dot(last.change, last.change));
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  memory.forEach(({ step, change, rho }, i) =>
    addScaled(direction, step, alphas[i] - rho * dot(change, direction))
  );
  return direction;
}

/** Adds a step to the memory, and drops the oldest one if the memory is full. */
function remember(
  memory: PastStep[],
  x: Float64Array,
  next: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const step = next.map((value, i) => value - x[i]);
  const change = nextGradient.map((value, i) => value - gradient[i]);
  const curvature = dot(step, change);
  // A step along which the curvature is not positive would break the descent.
  if (curvature <= 0) return;
  memory.push({ step, change, rho: 1 / curvature });
  if (memory.length > MEMORY) memory.shift();
}

/** Returns the largest absolute value of a gradient. */
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
