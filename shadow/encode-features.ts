import type { ModelInput } from '../detectors/terms.ts';
import { allFinite } from './all-finite.ts';
import { ownMemory, type TakeMemory } from './take-memory.ts';
import { columnsOf, inputWidth, missingRow } from './input-columns.ts';

/** Features of some predictions as they were recorded. */
export interface FeatureColumns {
  readonly rows: number;
  /** Names of numbers, as rows share them. */
  readonly lists: readonly (readonly string[])[];
  /** Index into `lists`, one a row. */
  readonly listOf: Uint8Array | Uint16Array | Uint32Array;
  /** One for each name in the list of a row, row after row; NaN where it is missing. */
  readonly numbers: Float32Array | Float64Array;
  /**
   * For inputs that are not numbers, by `codeKey`, one code a row: of `one_hot` the place of the category, from 1, of
   * `boolean` 1 for true; 0 where there is none.
   */
  readonly codes: ReadonlyMap<string, Uint16Array>;
}

/** Inputs with the same key have the same codes. */
export function codeKey({ feature, encoding, categories = [] }: ModelInput): string {
  return JSON.stringify([feature, encoding, ...categories]);
}

/** Whether an input's numbers go to the model as they were recorded, in single precision. */
export function isPlain(input: ModelInput): boolean {
  return input.encoding === 'number' && !input.log1p && input.mean === 0 && input.scale === 1;
}

/**
 * The row-major float32 matrix, `rows` x the columns of `inputs`. Where every row names exactly the inputs in their order, as
 * single-precision numbers, that is the recorded memory itself, with fill values for what is missing.
 */
export function encodeFeatures(columns: FeatureColumns, inputs: readonly ModelInput[], take = ownMemory): Float32Array {
  const { numbers } = columns;
  if (numbers instanceof Float32Array && inputs.every(isPlain) && isRegular(columns, inputs))
    return fillMissing(numbers, missingRow(inputs));
  return encodeRows(
    columns,
    inputs,
    Uint32Array.from({ length: columns.rows }, (_, row) => row),
    take,
  );
}

/** The same for some of the rows, in the order given. */
export function encodeRows(
  columns: FeatureColumns,
  inputs: readonly ModelInput[],
  rows: Uint32Array,
  take = ownMemory,
): Float32Array {
  const width = inputWidth(inputs);
  const matrix = repeated(missingRow(inputs), rows.length, take);
  setNumbers(matrix, width, columns, inputs, rows);
  setCodes(matrix, width, columns, inputs, rows);
  return matrix;
}

/** Whether each row's names are those of the inputs, in order. */
function isRegular({ rows, lists, listOf }: FeatureColumns, inputs: readonly ModelInput[]): boolean {
  const fits = lists.map(
    (names) => names.length === inputs.length && inputs.every(({ feature }, at) => feature === names[at]),
  );
  for (let row = 0; row < rows; row++) if (fits[listOf[row]!] !== true) return false;
  return true;
}

function fillMissing(matrix: Float32Array, missing: Float32Array): Float32Array {
  if (allFinite(matrix)) return matrix;
  const width = missing.length;
  for (let base = 0; base < matrix.length; base += width)
    for (let column = 0; column < width; column++)
      if (Number.isNaN(matrix[base + column]!)) matrix[base + column] = missing[column]!;
  return matrix;
}

function repeated(row: Float32Array, rows: number, take: TakeMemory): Float32Array {
  const { buffer, byteOffset } = take(rows * row.byteLength);
  const matrix = new Float32Array(buffer, byteOffset, rows * row.length);
  matrix.set(row.subarray(0, matrix.length));
  for (let filled = row.length; filled > 0 && filled < matrix.length; filled *= 2)
    matrix.copyWithin(filled, 0, Math.min(filled, matrix.length - filled));
  return matrix;
}

function setNumbers(
  matrix: Float32Array,
  width: number,
  columns: FeatureColumns,
  inputs: readonly ModelInput[],
  rows: Uint32Array,
): void {
  const { lists, listOf, numbers } = columns;
  const starts = startsOf(columns);
  const readings = lists.map((names) => readingsOf(names, inputs));
  let base = 0;
  for (const row of rows) {
    for (const { place, column, input } of readings[listOf[row]!]!) {
      const value = numbers[starts[row]! + place]!;
      if (!Number.isNaN(value)) matrix[base + column] = input === undefined ? value : encoded(value, input);
    }
    base += width;
  }
}

/** Where the numbers of each row begin. */
function startsOf({ rows, lists, listOf }: FeatureColumns): Uint32Array {
  const starts = new Uint32Array(rows);
  for (let row = 1; row < rows; row++) starts[row] = starts[row - 1]! + lists[listOf[row - 1]!]!.length;
  return starts;
}

/** A number of a row, the column that it goes to, and the input that says how, where it does not go as it is. */
interface Reading {
  readonly place: number;
  readonly column: number;
  readonly input: ModelInput | undefined;
}

function readingsOf(names: readonly string[], inputs: readonly ModelInput[]): Reading[] {
  const placeOf = new Map(names.map((name, at) => [name, at]));
  let column = 0;
  return inputs.flatMap((input) => {
    const place = input.encoding === 'number' ? placeOf.get(input.feature) : undefined;
    const at = column;
    column += columnsOf(input);
    return place === undefined ? [] : [{ place, column: at, input: isPlain(input) ? undefined : input }];
  });
}

function encoded(value: number, input: ModelInput): number {
  const raw = input.log1p ? Math.sign(value) * Math.log1p(Math.abs(value)) : value;
  return (raw - input.mean) / input.scale;
}

function setCodes(
  matrix: Float32Array,
  width: number,
  { codes }: FeatureColumns,
  inputs: readonly ModelInput[],
  rows: Uint32Array,
): void {
  let column = 0;
  for (const input of inputs) {
    const code = input.encoding === 'number' ? undefined : codes.get(codeKey(input));
    let base = column - 1;
    if (code !== undefined)
      for (const row of rows) {
        const place = code[row] ?? 0;
        if (place > 0) matrix[base + place] = 1;
        base += width;
      }
    column += columnsOf(input);
  }
}
