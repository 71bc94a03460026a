/** Binary digits of one size: terms of a size differ by a factor of 256 at most. */
const DIGITS = 8;
/**
 * Terms are rounded to 2^-80 of their size: 38 digits of the least fourth power of a size, 66 of the least product of two;
 * 2^30 terms of the largest still fit. In two steps, because the engine turns a float64 into 128 bits with an error.
 */
const [FIRST, SECOND] = [2 ** 48, 2 ** 32];
/** A sum is turned back in two halves, each of which is a whole number of 64 bits. */
const HALF = 2 ** 56;
/** A number beyond this counts as this. */
const LARGEST = '1e300';

/** Names of numbers whose product is a term, six at most; `|name|` stands for the absolute value. */
export type Factors = readonly string[];

/**
 * SQL of sums of float64 terms within a size, an array of one Float64 for each. They come out the same to the last bit, whatever the
 * order of rows, parts, threads and merges: terms are rounded and added as integers of 128 bits, which is exact. The rows come from a
 * SELECT with `termColumns` of each factor, and are grouped by `<name>_size` of each; a `SizeAdder` then adds up the sizes.
 */
export function exactSums(sums: readonly Factors[]): string {
  const part = (factor: string): string => (factor.startsWith('|') ? `abs(${nameOf(factor)}_part)` : `${factor}_part`);
  const integers = sums.map((factors, at) => {
    const term = `(${factors.map(part).join(' * ')} * ${FIRST} AS term${at})`;
    return `sum(toInt128(toInt64(${term}) AS whole${at}) * ${SECOND} + toInt64((term${at} - whole${at}) * ${SECOND}))`;
  });
  return `arrayMap(sum -> toFloat64(toInt64(intDiv(sum, ${HALF}))) * ${HALF} + toFloat64(toInt64(sum % ${HALF})), [${integers.join(', ')}])`;
}

/**
 * Columns that `exactSums` knows a number by: `<name>_part`, of a magnitude from 2^-7 up to 2, and `<name>_size`. What is below
 * 1e-290 counts as nothing.
 * @param value SQL of a Float64 that is a number; infinite ones count as 1e300
 */
export function termColumns(name: string, value: string): string {
  const doubled = `2 * least(${LARGEST}, greatest(-${LARGEST}, ${value})) AS ${name}_doubled`;
  return `reinterpretAsUInt64(${doubled}) AS ${name}_bits,
    toUInt8(bitShiftRight(bitAnd(${name}_bits, 0x7FFFFFFFFFFFFFFF), ${52 + Math.log2(DIGITS)})) AS ${name}_size,
    if(abs(${name}_doubled) < 1e-290, 0, reinterpretAsFloat64(bitOr(bitAnd(${name}_bits, 0x807FFFFFFFFFFFFF), 0x3F80000000000000))) AS ${name}_part`;
}

/**
 * Adds the sums of one size to those of all: the same to the last bit if sizes come in the same order, the least first. What is too
 * large for a float64 is its largest.
 * @param all one number a sum, 0 at first
 * @param sizes of the factors, in the order of their names
 * @param sums what `exactSums` gave for these sizes, from `first` on
 */
export type SizeAdder = (all: number[], sizes: readonly number[], sums: readonly number[], first?: number) => void;

export function sizeAdder(sums: readonly Factors[], names: readonly string[]): SizeAdder {
  const places = sums.map((factors) => factors.map((factor) => names.indexOf(nameOf(factor))));
  return (all, sizes, within, first = 0) => {
    for (let at = 0; at < places.length; at++) {
      let part = within[first + at]! / FIRST / SECOND;
      for (const place of places[at]!) part *= UNITS[sizes[place]!]!;
      all[at] = finite(all[at]! + finite(part));
    }
  };
}

function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}

/** The power of two that parts of each size are multiplied by: half of 256^(size - 127). */
const UNITS = Float64Array.from({ length: 256 }, (_, size) => 2 ** (DIGITS * size + 6 - 1023));

function nameOf(factor: string): string {
  return factor.replaceAll('|', '');
}
