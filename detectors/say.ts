/** A number as a person writes it: three significant digits, thousands separated; very large or small ones as 1.2e+30. */
export function sayNumber(value: number): string {
  const size = Math.abs(value);
  if (size < 1e-300) return '0';
  if (size >= 1e9 || size < 1e-4) return value.toExponential(1).replace('.0e', 'e');
  if (size >= 999.5) return sayCount(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** A whole number with its thousands separated: 4,180. */
export function sayCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share 0..1 as per cent: 0.053 is "5.3 %". */
export function sayShare(share: number): string {
  return `${sayNumber(share * 100)} %`;
}

/** A ratio: 102 is "102x". */
export function sayRatio(ratio: number): string {
  return `${sayNumber(ratio)}x`;
}

/** Milliseconds in the unit that reads best: "41 ms", "4.18 s". */
export function sayDuration(milliseconds: number): string {
  return milliseconds >= 1000 ? `${sayNumber(milliseconds / 1000)} s` : `${sayNumber(milliseconds)} ms`;
}
