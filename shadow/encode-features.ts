import type { ModelInput } from '../detectors/terms.ts';
import { ownMemory, type TakeMemory } from './take-memory.ts';
import { columnsOf, inputWidth, missingRow } from './input-columns.ts';

/** Features of some predictions as they were recorded. */
export interface FeatureColumns {
  readonly rows: number;
  /** Where the numbers of each row end, counted from the first row. */
  readonly ends: Uint32Array;
  /** Names of the features. */
  readonly names: readonly string[];
  /** Index into `names`, one a number. */
  readonly nameOf: Uint8Array | Uint16Array | Uint32Array;
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
 * The row-major float32 matrix, `rows` x the columns of `inputs`. Where every row holds exactly
 * the inputs in their order, as single-precision numbers, that is the recorded memory itself; no value is touched.
 */
export function encodeFeatures(columns: FeatureColumns, inputs: readonly ModelInput[], take = ownMemory): Float32Array {
  const { numbers } = columns;
  if (numbers instanceof Float32Array && inputs.every(isPlain) && isRegular(columns, inputs)) return numbers;
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
function isRegular({ rows, ends, names, nameOf }: FeatureColumns, inputs: readonly ModelInput[]): boolean {
  const width = inputs.length;
  if (nameOf.length !== rows * width) return false;
  for (let row = 0; row < rows; row++) if (ends[row] !== (row + 1) * width) return false;
  if (inputs.some(({ feature }, at) => names[nameOf[at] ?? -1] !== feature)) return false;
  // Every row repeats the first one, if and only if the whole repeats itself after one row.
  const bytes = Buffer.from(nameOf.buffer, nameOf.byteOffset, nameOf.byteLength);
  const row = width * nameOf.BYTES_PER_ELEMENT;
  return bytes.subarray(row).equals(bytes.subarray(0, bytes.length - row));
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
  { ends, names, nameOf, numbers }: FeatureColumns,
  inputs: readonly ModelInput[],
  rows: Uint32Array,
): void {
  const { first, next, column } = inputsByName(names, inputs);
  let base = 0;
  for (const row of rows) {
    const end = ends[row] ?? 0;
    for (let at = row === 0 ? 0 : (ends[row - 1] ?? 0); at < end; at++)
      for (let input = first[nameOf[at] ?? 0] ?? -1; input >= 0; input = next[input] ?? -1)
        matrix[base + (column[input] ?? 0)] = encoded(numbers[at] ?? 0, inputs[input]);
    base += width;
  }
}

/** For each name the first input that reads it, for each input the next one that reads the same, and its column. */
function inputsByName(names: readonly string[], inputs: readonly ModelInput[]) {
  const first = new Int32Array(names.length).fill(-1);
  const next = new Int32Array(inputs.length).fill(-1);
  const column = new Int32Array(inputs.length);
  const nameAt = new Map(names.map((name, at) => [name, at]));
  let [columns, last] = [0, 0];
  for (const [at, input] of inputs.entries()) {
    column[at] = columns;
    columns += columnsOf(input);
    last = input.encoding === 'number' ? (nameAt.get(input.feature) ?? -1) : -1;
    if (last < 0) continue;
    next[at] = first[last] ?? -1;
    first[last] = at;
  }
  return { first, next, column };
}

function encoded(value: number, input: ModelInput | undefined): number {
  if (input === undefined) return value;
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
