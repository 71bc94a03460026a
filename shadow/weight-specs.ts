import { ModelFileError } from './model-file-error.ts';

/** One weight of a TensorFlow.js weight manifest, checked. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly quantization?: {
    readonly dtype: 'uint8' | 'uint16' | 'float16';
    readonly scale?: number;
    readonly min?: number;
  };
}

/** Files and weights that belong together: the bytes of the files, joined, are the weights one after the other. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;
const PLAIN = ['float32', 'int32', 'bool'] as const;
const QUANTIZED = ['uint8', 'uint16', 'float16'] as const;
/** What a weight that is stored in so few bits is at most, before its scale. */
const LARGEST = { uint8: 255, uint16: 65_535 } as const;

/**
 * Checks the `weightsManifest` of a `model.json`.
 * @throws ModelFileError for a manifest that is missing, malformed or holds text weights
 */
export function weightGroups(manifest: unknown): WeightGroup[] {
  if (!Array.isArray(manifest) || manifest.length === 0)
    throw new ModelFileError(
      'model.json has no weightsManifest, so the model would run on random weights: save it with its weights (model.save)',
    );
  return manifest.map((group: unknown) => {
    const { paths, weights } = asObject(group, 'a group of the weightsManifest');
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string') || !Array.isArray(weights))
      throw malformed('a group of the weightsManifest lacks its list of paths or of weights');
    return { paths, weights: weights.map(weightSpec) };
  });
}

/** Bytes that a weight takes in its file, after quantization. */
export function bytesOf(spec: WeightSpec): number {
  return spec.shape.reduce((product, size) => product * size, 1) * BYTES[spec.quantization?.dtype ?? spec.dtype];
}

/** False when a weight stored in `bytes` holds NaN or an infinity. */
export function isFiniteWeight(spec: WeightSpec, bytes: ArrayBuffer): boolean {
  const stored = spec.quantization?.dtype ?? spec.dtype;
  if (stored === 'float32') return new Float32Array(bytes).every((value) => Number.isFinite(value));
  // Half precision: all five bits of the exponent set mean an infinity or NaN.
  if (stored === 'float16') return new Uint16Array(bytes).every((half) => (half & 0x7c00) !== 0x7c00);
  return true;
}

function weightSpec(value: unknown): WeightSpec {
  const { name, shape, dtype, quantization } = asObject(value, 'a weight of the weightsManifest');
  if (typeof name !== 'string' || !Array.isArray(shape) || !shape.every(isSize))
    throw malformed('a weight of the weightsManifest lacks its name or shape');
  const known = PLAIN.find((plain) => plain === dtype);
  if (known === undefined)
    throw new ModelFileError(
      `weight ${name} is of type ${JSON.stringify(dtype)}; only ${PLAIN.join(', ')} can be replayed: leave text and complex numbers to the code that prepares the features`,
    );
  if (quantization === undefined || quantization === null) return { name, shape, dtype: known };
  return { name, shape, dtype: known, quantization: quantizationOf(name, quantization) };
}

function quantizationOf(name: string, value: unknown): NonNullable<WeightSpec['quantization']> {
  const { dtype, scale, min, ...rest } = asObject(value, `the quantization of weight ${name}`);
  const known = QUANTIZED.find((quantized) => quantized === dtype);
  if (known === undefined)
    throw malformed(`the quantization of weight ${name} has the unknown type ${JSON.stringify(dtype)}`);
  if (known === 'float16') return { ...rest, dtype: known };
  if (!isFiniteNumber(scale) || !isFiniteNumber(min) || ![min, min + scale * LARGEST[known]].every(isSingle))
    throw malformed(`the quantization of weight ${name} lacks a finite scale or min`);
  return { ...rest, dtype: known, scale, min };
}

/** Whether a number is finite as a float32 too, which weights become. */
function isSingle(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is no object`);
  return Object.fromEntries(Object.entries(value));
}

function malformed(what: string): ModelFileError {
  return new ModelFileError(`model.json is malformed: ${what}; save the model again with TensorFlow.js`);
}
