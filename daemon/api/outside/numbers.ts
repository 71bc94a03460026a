/** The number, or null where it is not finite: NaN and Infinity never leave, and are never shown as another number. */
export function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Both ends, or null where one of them is not finite. */
export function finiteInterval(interval: readonly [number, number] | null | undefined): [number, number] | null {
  if (interval === null || interval === undefined) return null;
  const [low, high] = interval;
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}

/** An edge of a bin: an open end becomes the largest number that JSON readers hold. */
export function edge(value: number): number {
  if (value === Infinity) return Number.MAX_VALUE;
  return value === -Infinity ? -Number.MAX_VALUE : value;
}
