import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { firstLine } from './first-line.ts';
import { ModelFileError } from './model-file-error.ts';
import { bytesOf, isFiniteWeight, weightGroups, type WeightGroup, type WeightSpec } from './weight-specs.ts';

/** A TensorFlow.js model as read from disk: the bytes that were hashed are the bytes that will run. */
export interface ModelFiles {
  readonly format: 'layers' | 'graph';
  /** `model.json`, parsed. */
  readonly json: ModelJson;
  readonly weightSpecs: readonly WeightSpec[];
  /** All weights in one buffer of their own: TensorFlow.js reads wrong values out of pooled or split buffers. */
  readonly weightData: ArrayBuffer;
  /** By file name, `model.json` included. */
  readonly sha256: Readonly<Record<string, string>>;
}

export interface ModelJson extends Readonly<Record<string, unknown>> {
  readonly modelTopology: object;
}

/** Larger than any model that scores one payment in milliseconds; keeps a bad file from taking the machine's memory. */
const LARGEST_JSON_BYTES = 64 * 1024 * 1024;
const LARGEST_WEIGHTS_BYTES = 1024 * 1024 * 1024;

/**
 * Reads `model.json` and its shards out of `folder`, and out of nowhere else: names that lead elsewhere are refused.
 * @param registered SHA-256 by file name, to be compared with what is there now
 * @throws ModelFileError for files that are missing, longer, shorter, changed, not finite, or outside the folder
 */
export async function readModel(folder: string, registered?: Readonly<Record<string, string>>): Promise<ModelFiles> {
  const root = await realpath(folder).catch(() => {
    throw new ModelFileError(`there is no folder ${folder}: copy the saved model there first`);
  });
  const text = await readJson(root);
  const json = modelJson(parse(text));
  const format = formatOf(json);
  const groups = weightGroups(json['weightsManifest']);
  const sha256 = new Map([['model.json', hash(text)]]);
  const weightData = await readWeights(root, groups, sha256);
  const hashes = Object.fromEntries(sha256);
  if (registered !== undefined) compareHashes(hashes, registered);
  checkFinite(groups, weightData);
  return { format, json, weightSpecs: groups.flatMap((group) => group.weights), weightData, sha256: hashes };
}

async function readJson(root: string): Promise<Uint8Array> {
  const file = await openInside(root, 'model.json');
  try {
    const { size } = await file.stat();
    if (size > LARGEST_JSON_BYTES)
      throw new ModelFileError(
        `model.json has ${size} bytes, more than ${LARGEST_JSON_BYTES}: move the weights into shards (model.save does)`,
      );
    return await readExactly(file, new Uint8Array(size), 'model.json');
  } finally {
    await file.close();
  }
}

function parse(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch (error) {
    throw new ModelFileError(`model.json is not JSON (${firstLine(error)}): save the model again`, {
      cause: error,
    });
  }
}

function modelJson(json: unknown): ModelJson {
  if (!isObject(json))
    throw new ModelFileError('model.json is no JSON object: save the model again with TensorFlow.js');
  const { modelTopology } = json;
  if (!isObject(modelTopology))
    throw new ModelFileError('model.json has no modelTopology: save the whole model, not only its weights');
  return { ...json, modelTopology };
}

function formatOf({ format, modelTopology }: ModelJson): 'layers' | 'graph' {
  if (format === 'layers-model') return 'layers';
  if (format === 'graph-model') return 'graph';
  if (format !== undefined && format !== null)
    throw new ModelFileError(
      `model.json has the format ${JSON.stringify(format)}: convert it to layers-model or graph-model`,
    );
  return 'node' in modelTopology ? 'graph' : 'layers';
}

async function readWeights(
  root: string,
  groups: readonly WeightGroup[],
  sha256: Map<string, string>,
): Promise<ArrayBuffer> {
  const total = groups.flatMap((group) => group.weights).reduce((sum, spec) => sum + bytesOf(spec), 0);
  if (!(total <= LARGEST_WEIGHTS_BYTES))
    throw new ModelFileError(
      `the weightsManifest claims ${total} bytes of weights, more than ${LARGEST_WEIGHTS_BYTES}: replay a smaller model`,
    );
  const data = new ArrayBuffer(total);
  let offset = 0;
  for (const group of groups) {
    const end = offset + group.weights.reduce((sum, spec) => sum + bytesOf(spec), 0);
    for (const path of group.paths)
      offset += await readShard(root, path, new Uint8Array(data, offset, end - offset), sha256);
    if (offset !== end)
      throw new ModelFileError(
        `${group.paths.join(', ') || 'a group without files'} is ${end - offset} bytes shorter than the weightsManifest says: copy the whole file again`,
      );
  }
  return data;
}

async function readShard(root: string, path: string, room: Uint8Array, sha256: Map<string, string>): Promise<number> {
  if (sha256.has(path)) throw new ModelFileError(`the weightsManifest names ${path} twice: save the model again`);
  const file = await openInside(root, path);
  try {
    const { size } = await file.stat();
    if (size > room.length)
      throw new ModelFileError(
        `${path} is ${size - room.length} bytes longer than the weightsManifest says: copy the file again`,
      );
    const bytes = await readExactly(file, room.subarray(0, size), path);
    sha256.set(path, hash(bytes));
    return size;
  } finally {
    await file.close();
  }
}

/** Opens a plain file below `root`; a name or a symbolic link that leads out of it is refused. */
async function openInside(root: string, path: string): Promise<FileHandle> {
  const outside = `${path} lies outside the folder of the model: put every file beside model.json`;
  if (isAbsolute(path) || /^[a-z][a-z0-9+.-]*:|\\|\0/i.test(path) || path.split('/').includes('..'))
    throw new ModelFileError(outside);
  const real = await realpath(join(root, path)).catch(() => {
    throw new ModelFileError(`${path} is missing: copy the whole folder of the model, with every shard`);
  });
  if (!real.startsWith(root + sep)) throw new ModelFileError(outside);
  // Without O_NONBLOCK a named pipe would wait for its writer.
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new ModelFileError(`${path} cannot be read (${firstLine(error)}): check its permissions`, {
      cause: error,
    });
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new ModelFileError(`${path} is no plain file: copy the model again`);
}

async function readExactly(file: FileHandle, target: Uint8Array, path: string): Promise<Uint8Array> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, filled);
    if (bytesRead === 0) throw new ModelFileError(`${path} became shorter while it was read: copy it again`);
    filled += bytesRead;
  }
  return target;
}

function compareHashes(found: Readonly<Record<string, string>>, registered: Readonly<Record<string, string>>): void {
  for (const name of new Set([...Object.keys(registered), ...Object.keys(found)]))
    if (found[name] !== registered[name])
      throw new ModelFileError(
        `${name} is not the file that was registered (SHA-256 differs): restore it, or register the new files as another version`,
      );
}

function checkFinite(groups: readonly WeightGroup[], data: ArrayBuffer): void {
  let offset = 0;
  for (const spec of groups.flatMap((group) => group.weights)) {
    const end = offset + bytesOf(spec);
    if (!isFiniteWeight(spec, data.slice(offset, end)))
      throw new ModelFileError(`weight ${spec.name} holds NaN or an infinity: train the model again`);
    offset = end;
  }
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
