import type { ModelInput } from '../detectors/terms.ts';

/** Columns of the matrix that a model with these inputs takes: one each, for `one_hot` one a category. */
export function inputWidth(inputs: readonly ModelInput[]): number {
  return inputs.reduce((width, input) => width + columnsOf(input), 0);
}

/** The row of a prediction that has none of the features: numbers at their fill value, everything else 0. */
export function missingRow(inputs: readonly ModelInput[]): Float32Array {
  return Float32Array.from(inputs.flatMap((input) => (input.encoding === 'number' ? [scaled(input)] : zeros(input))));
}

/** Columns that one input makes. */
export function columnsOf(input: ModelInput): number {
  return input.encoding === 'one_hot' ? (input.categories ?? []).length : 1;
}

function zeros(input: ModelInput): number[] {
  return Array.from({ length: columnsOf(input) }, () => 0);
}

function scaled(input: ModelInput): number {
  const raw = input.log1p ? Math.sign(input.fill) * Math.log1p(Math.abs(input.fill)) : input.fill;
  return (raw - input.mean) / input.scale;
}
