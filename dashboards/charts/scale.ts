/** A value of the data to a place on the screen, and the ticks between. */
export interface Scale {
  readonly domain: readonly [number, number];
  readonly kind: 'linear' | 'log';
  place(value: number): number;
  ticks(count: number): number[];
}

const LOG_FROM_DECADES = 2;

/** A linear scale; a domain without width is widened so that its one value stands in the middle. */
export function linearScale(low: number, high: number, from: number, to: number): Scale {
  const [a, b] = low === high ? widen(low) : [low, high];
  return {
    domain: [a, b],
    kind: 'linear',
    place: (value) => from + ((value - a) / (b - a)) * (to - from),
    ticks: (count) => linearTicks(a, b, count),
  };
}

/** A logarithmic scale of positive numbers; a value at or below 0 is placed at the lower end. */
export function logScale(low: number, high: number, from: number, to: number): Scale {
  const [a, b] = low === high ? [low / 2, high * 2] : [low, high];
  const start = Math.log10(a);
  const width = Math.log10(b) - start;
  return {
    domain: [a, b],
    kind: 'log',
    place: (value) => (value <= 0 ? from : from + ((Math.log10(value) - start) / width) * (to - from)),
    ticks: (count) => logTicks(a, b, count),
  };
}

/** Whether positive numbers from `low` to `high` span so much that only a logarithmic axis shows them. */
export function needsLog(low: number, high: number): boolean {
  return low > 0 && Math.log10(high / low) > LOG_FROM_DECADES;
}

/** Round numbers (1, 2 or 5 times a power of ten apart) inside the domain, about `count` of them. */
export function linearTicks(low: number, high: number, count: number): number[] {
  const step = niceStep((high - low) / Math.max(count, 1));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks: number[] = [];
  for (let i = first; i <= last; i += 1) ticks.push(Number((i * step).toPrecision(14)));
  return ticks;
}

/** Powers of ten inside the domain, thinned to at most `count`; with fewer than two, linear ticks. */
export function logTicks(low: number, high: number, count: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 1) return linearTicks(low, high, count);
  const every = Math.max(1, Math.ceil((last - first + 1) / Math.max(count, 1)));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += every) ticks.push(Number(`1e${power}`));
  return ticks;
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = raw / power;
  if (factor <= 1) return power;
  if (factor <= 2) return 2 * power;
  return factor <= 5 ? 5 * power : 10 * power;
}

function widen(value: number): [number, number] {
  const margin = value === 0 ? 1 : Math.abs(value) / 2;
  return [value - margin, value + margin];
}
