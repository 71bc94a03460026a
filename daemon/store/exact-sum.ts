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

/**
 * SQL of a sum of float64 terms that comes out the same to the last bit, whatever the order of rows, parts, threads and
 * merges: within a size, terms are rounded and added as integers of 128 bits, which is exact. The rows come from a SELECT with
 * `termColumns` of each factor, and are grouped by `sizesOf` them; `sumOfSizes` then adds up the sizes.
 * @param factors names whose product is the term, six at most; `|name|` stands for the absolute value
 * @param condition SQL; only rows where it holds are added
 */
export function exactSum(factors: readonly string[], condition: string): string {
  const parts = factors.map((factor) => (factor.startsWith('|') ? `abs(${nameOf(factor)}_part)` : `${factor}_part`));
  const term = `${parts.join(' * ')} * ${FIRST}`;
  const whole = `toInt64(${term})`;
  const sum = `sumIf(toInt128(${whole}) * ${SECOND} + toInt64((${term} - ${whole}) * ${SECOND}), ${condition})`;
  const float = `(toFloat64(toInt64(intDiv(${sum}, ${HALF}))) * ${HALF} + toFloat64(toInt64(${sum} % ${HALF})))`;
  const units = factors.map((factor) => ` * ${unitOf(`${nameOf(factor)}_size`)}`);
  return `${float} / ${FIRST} / ${SECOND}${units.join('')}`;
}

/**
 * Columns that `exactSum` knows a number by: `<name>_part`, of a magnitude from 2^-7 up to 2, and `<name>_size`. What is below
 * 1e-290 counts as nothing.
 * @param value SQL of a Float64 that is a number; infinite ones count as 1e300
 */
export function termColumns(name: string, value: string): string {
  const doubled = `2 * least(${LARGEST}, greatest(-${LARGEST}, ${value})) AS ${name}_doubled`;
  return `reinterpretAsUInt64(${doubled}) AS ${name}_bits,
    toUInt8(bitShiftRight(bitAnd(${name}_bits, 0x7FFFFFFFFFFFFFFF), ${52 + Math.log2(DIGITS)})) AS ${name}_size,
    if(abs(${name}_doubled) < 1e-290, 0, reinterpretAsFloat64(bitOr(bitAnd(${name}_bits, 0x807FFFFFFFFFFFFF), 0x3F80000000000000))) AS ${name}_part`;
}

/** What `exactSum` must be grouped by, beside what the sums are asked by. */
export function sizesOf(names: readonly string[]): string {
  return names.map((name) => `${name}_size`).join(', ');
}

/** SQL of the sum of all sizes, the least first. What is too large for a float64 is its largest. */
export function sumOfSizes(sum: string): string {
  return `greatest(-${Number.MAX_VALUE}, least(${Number.MAX_VALUE}, arraySum(arraySort(groupArray(${sum})))))`;
}

/** The power of two that parts of a size are multiplied by: half of 256^(size - 127), exponent and all. */
function unitOf(size: string): string {
  return `reinterpretAsFloat64(bitShiftLeft(toUInt64(${DIGITS} * ${size} + 6), 52))`;
}

function nameOf(factor: string): string {
  return factor.replaceAll('|', '');
}
