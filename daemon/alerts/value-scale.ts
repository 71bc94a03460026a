import type { Bin } from '../../detectors/terms.ts';
import { sayNumber } from '../../detectors/say.ts';

export interface Tick {
  /** 0 at the left end of the axis, 1 at the right. */
  readonly place: number;
  readonly text: string;
}

/** An axis of values: linear, or by powers of ten where the values span them. */
export interface ValueScale {
  readonly kind: 'linear' | 'log';
  /** Place of a value on the axis, 0..1 within it and beyond outside. */
  place(value: number): number;
  readonly ticks: readonly Tick[];
}

/** A linear axis hides what is below a twentieth of its length: past this spread, powers of ten are shown. */
const WIDE = 30;
/** Share of the records at either end that may lie beyond the axis; they are drawn at its ends. */
const TAIL = 0.004;

/** Most powers of ten shown; smaller values are drawn at the left end. */
const DECADES = 7;
/** Closer to zero than any measurement: the bin of zero ends here. */
const TINY = 1e-300;

/** The axis on which both samples can be seen, by their quantiles; an outlier does not squeeze the rest. */
export function chooseScale(samples: readonly (readonly Bin[])[]): ValueScale {
  const filled = samples.map((bins) => bins.filter((bin) => bin.count > 0)).filter((bins) => bins.length > 0);
  const low = Math.min(...filled.map((bins) => quantile(bins, TAIL)));
  const high = Math.max(...filled.map((bins) => quantile(bins, 1 - TAIL)));
  const middle = (low + high) / 2;
  // A single value, give or take the width of its bin, is shown with room around it.
  if (!(high - low > Math.max(Math.abs(middle) * 0.06, TINY))) {
    const room = Math.abs(middle) < TINY ? 1 : Math.abs(middle) / 4;
    return linear(middle - room, middle + room);
  }
  if (low > TINY) {
    return high / low < WIDE ? linear(low, high) : logarithmic(Math.max(low, high / 10 ** DECADES), high);
  }
  const magnitudes = filled.map(awayFromZero).filter((bins) => bins.length > 0);
  const widest = Math.max(Math.abs(low), Math.abs(high));
  if (widest / Math.min(...magnitudes.map((bins) => quantile(bins, 0.5))) < WIDE) return linear(low, high);
  const small = Math.min(...magnitudes.map((bins) => quantile(bins, 0.05)));
  return symmetric(low, high, 10 ** Math.floor(Math.log10(Math.max(small, widest / 10 ** DECADES))));
}

/** The middle value; of small whole numbers a whole one, as their bins begin at them. */
export function median(bins: readonly Bin[]): number {
  const value = quantile(bins, 0.5);
  const narrow = bins.filter((bin) => bin.high - bin.low <= 1);
  if (!narrow.every((bin) => Number.isInteger(bin.low) || Math.abs(bin.low) < TINY)) return value;
  return narrow.find((bin) => bin.low <= value && value <= bin.high)?.low ?? value;
}

/** The value below which a share of the records lies, linear within its bin. */
function quantile(bins: readonly Bin[], share: number): number {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  let left = share * total;
  for (const bin of bins) {
    if (left <= bin.count) return bin.low + (bin.high - bin.low) * (bin.count === 0 ? 0 : left / bin.count);
    left -= bin.count;
  }
  return bins.at(-1)?.high ?? NaN;
}

function awayFromZero(bins: readonly Bin[]): Bin[] {
  return bins
    .map(({ low, high, count }) => ({
      low: Math.min(Math.abs(low), Math.abs(high)),
      high: Math.max(Math.abs(low), Math.abs(high)),
      count,
    }))
    .filter((bin) => bin.high > TINY)
    .sort((a, b) => a.low - b.low);
}

function linear(low: number, high: number): ValueScale {
  const margin = (high - low) * 0.02;
  const [from, to] = [low - margin, high + margin];
  const place = (value: number): number => (value - from) / (to - from);
  return {
    kind: 'linear',
    place,
    ticks: niceValues(from, to, 7).map((value) => ({ place: place(value), text: sayTick(value) })),
  };
}

function logarithmic(low: number, high: number): ValueScale {
  const [from, to] = [Math.log10(low) - 0.05, Math.log10(high) + 0.05];
  const place = (value: number): number => (Math.log10(Math.max(value, Number.MIN_VALUE)) - from) / (to - from);
  const values =
    to - from >= 2 ? powers(from, to) : powers(from - 1, to).flatMap((power) => [power, 2 * power, 5 * power]);
  return { kind: 'log', place, ticks: within(values, place) };
}

/** Powers of ten on both sides of zero, linear between -`unit` and `unit`. */
function symmetric(low: number, high: number, unit: number): ValueScale {
  const bend = (value: number): number => Math.sign(value) * Math.log10(1 + Math.abs(value) / unit);
  const margin = (bend(high) - bend(low)) * 0.02;
  const [from, to] = [bend(low) - margin, bend(high) + margin];
  const place = (value: number): number => (bend(value) - from) / (to - from);
  const above = high > 0 ? powers(Math.log10(unit), Math.log10(high) + 1) : [];
  const below = low < 0 ? powers(Math.log10(unit), Math.log10(-low) + 1).map((power) => -power) : [];
  return { kind: 'log', place, ticks: within([...below.reverse(), 0, ...above], place) };
}

/** At most eight ticks: of more, every second or third. */
function within(values: readonly number[], place: (value: number) => number): Tick[] {
  const shown = values.filter((value) => place(value) >= 0 && place(value) <= 1);
  const step = Math.ceil(shown.length / 8);
  const zero = Math.max(0, shown.indexOf(0));
  return shown
    .filter((_, index) => (index - zero) % step === 0)
    .map((value) => ({ place: place(value), text: sayTick(value) }));
}

function powers(from: number, to: number): number[] {
  const first = Math.ceil(from - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(to + 1e-9) - first + 1) }, (_, index) => 10 ** (first + index));
}

/** Round values, about `wanted` of them, between two others. */
export function niceValues(from: number, to: number, wanted: number): number[] {
  const raw = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? power * 10;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}

/** Short on an axis: 5k, 2M, 0.01. */
function sayTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 && size < 1e9) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 10_000 && size < 1e6) return `${Number((value / 1e3).toPrecision(4))}k`;
  return sayNumber(value);
}
