/** An estimate with its interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/**
 * Interval of a ratio out of those of its parts, estimated apart: Zou and Donner 2008 (MOVER) on logarithms. It is as sure as
 * the two that it is made of. Not finite where a part may be 0.
 */
export function ratioInterval(over: Estimate, under: Estimate): readonly [number, number] {
  const [a, aLow, aHigh] = [Math.log(over.value), Math.log(over.interval[0]), Math.log(over.interval[1])];
  const [b, bLow, bHigh] = [Math.log(under.value), Math.log(under.interval[0]), Math.log(under.interval[1])];
  return [Math.exp(a - b - Math.hypot(a - aLow, bHigh - b)), Math.exp(a - b + Math.hypot(aHigh - a, b - bLow))];
}

/** Interval of a difference out of those of its parts, estimated apart: Newcombe 1998, method 10, where they are Wilson's. */
export function differenceInterval(one: Estimate, other: Estimate): readonly [number, number] {
  const difference = one.value - other.value;
  const [oneLow, oneHigh] = [one.value - one.interval[0], one.interval[1] - one.value];
  const [otherLow, otherHigh] = [other.value - other.interval[0], other.interval[1] - other.value];
  return [difference - Math.hypot(oneLow, otherHigh), difference + Math.hypot(oneHigh, otherLow)];
}
