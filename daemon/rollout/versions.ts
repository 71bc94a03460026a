import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { inspectModel } from '../../shadow/inspect-model.ts';
import { ModelFileError } from '../../shadow/model-file-error.ts';
import type { ModelInput, ModelVersion } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { defaultConfig, type Config, type ModelSettings } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import { takeTurns } from '../in-turn.ts';
import type { Store } from '../store/store.ts';

/** An artifact to register, as a caller describes it. */
export interface Registration {
  readonly version: string;
  /** Folder of `model.json`, relative to `models.directory` or absolute inside it. */
  readonly path: string;
  readonly inputs: readonly ModelInput[];
  /** Score at and above which the version declines; by default the threshold of its model. */
  readonly threshold?: number;
  /** Of a model that answers with the scores of two classes: which is the positive one, 0 or 1; 1 by default. */
  readonly positiveClass?: number;
  /** Of a model that tells classes apart: their names, in the order of the columns that it answers with. */
  readonly classes?: readonly string[];
}

/** The registered artifacts of all models. */
export interface Versions {
  /**
   * Checks the files, weights, inputs and a first execution of an artifact, and remembers what it found. The same
   * registration a second time gives the first one.
   * @throws SerinError `bad_model_file`, `invalid_request`, or `conflict` for a name that stands for something else
   */
  register(model: string, registration: Registration): Promise<ModelVersion>;
  get(model: string, version: string): Promise<ModelVersion | undefined>;
  list(model?: string): Promise<ModelVersion[]>;
}

export interface VersionsOptions {
  readonly store: Store;
  /** `models.directory`, absolute. */
  readonly directory: string;
  readonly clock: Clock;
  readonly backend: Config['replays']['backend'];
  readonly timeoutMs: number;
  /** For the model and its tensors, in MiB. */
  readonly memoryMb: number;
  /** Threshold of a model, for registrations without one; by default that of `models.defaults`. */
  readonly threshold?: (model: string) => number | Promise<number>;
  /** Kind of a model; by default classes are taken for any. */
  readonly kind?: (model: string) => ModelSettings['kind'] | Promise<ModelSettings['kind']>;
}

export function openVersions(options: VersionsOptions): Versions {
  const { store, clock, backend, timeoutMs, memoryMb } = options;
  const stored = store.documents<ModelVersion>('versions');
  const inTurn = takeTurns();
  const thresholdOf = options.threshold ?? (() => defaultConfig().models.defaults.threshold);
  const get = (model: string, version: string): Promise<ModelVersion | undefined> => stored.get(idOf(model, version));

  return {
    get,
    list: (model) => stored.list({ model }),
    register: async (model, registration) => {
      const { version, inputs, positiveClass = 1, classes } = registration;
      checkInputs(inputs);
      if (classes !== undefined) checkClasses(classes, registration, await options.kind?.(model));
      const threshold = registration.threshold ?? (await thresholdOf(model));
      const path = await folderOf(options.directory, registration.path);
      const { format, sha256, golden } = await inspect(path, {
        inputs,
        threshold,
        positiveClass,
        classes: classes?.length ?? null,
        backend,
        timeoutMs,
        memoryMb,
      });
      const made: ModelVersion = {
        id: idOf(model, version),
        model,
        version,
        state: 'registered',
        path,
        format,
        inputs,
        threshold,
        ...(positiveClass === 1 ? {} : { positiveClass }),
        ...(classes === undefined ? {} : { classes }),
        sha256,
        golden,
        registeredAt: clock.now(),
      };
      return inTurn(async () => {
        const before = await get(model, version);
        if (before !== undefined) return sameOrConflict(before, made);
        await stored.put(made);
        return made;
      });
    },
  };
}

function idOf(model: string, version: string): string {
  return `${encodeURIComponent(model)}/${encodeURIComponent(version)}`;
}

/** What is under a name stays what it is: replays and verdicts refer to it. */
function sameOrConflict(before: ModelVersion, made: ModelVersion): ModelVersion {
  // Where the same files lie, when they were first named, and the last digits of a score, are no difference.
  const again = { ...made, path: before.path, registeredAt: before.registeredAt, golden: before.golden };
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(again)), before)) return before;
  throw new SerinError(
    'conflict',
    `version ${made.version} of ${made.model} is already registered with other files, inputs, threshold, positive_class or classes; give this one another name`,
    { field: 'version' },
  );
}

/** The real folder, which must lie below `models.directory` with all links followed. */
async function folderOf(directory: string, path: string): Promise<string> {
  const outside = (): SerinError =>
    new SerinError(
      'bad_model_file',
      `${path} does not lie in models.directory (${directory}); copy the folder of the model there and name it relative to it`,
      { field: 'path' },
    );
  const wanted = resolve(directory, path);
  if (!wanted.startsWith(directory + sep) || path.includes('\0')) throw outside();
  const [root, real] = await Promise.all([realpath(directory), realpath(wanted)]).catch((error: unknown) => {
    throw new SerinError('bad_model_file', `there is no folder ${wanted}; copy the saved model there first`, {
      field: 'path',
      cause: error,
    });
  });
  if (!real.startsWith(root + sep)) throw outside();
  return real;
}

async function inspect(
  folder: string,
  options: Parameters<typeof inspectModel>[1],
): Promise<Awaited<ReturnType<typeof inspectModel>>> {
  try {
    return await inspectModel(folder, options);
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    throw new SerinError('bad_model_file', error.message, { field: 'path', cause: error });
  }
}

/** A statement names the class of each row in one byte. */
const MOST_CLASSES = 100;

function checkClasses(
  classes: readonly string[],
  { threshold, positiveClass }: Pick<Registration, 'threshold' | 'positiveClass'>,
  kind: ModelSettings['kind'] | undefined,
): void {
  const refuse = (field: string, message: string): never => {
    throw new SerinError('invalid_request', message, { field });
  };
  if (classes.length < 2 || classes.length > MOST_CLASSES)
    refuse(
      'classes',
      `classes names ${classes.length}; name each column that the model answers with, 2 to 100 of them`,
    );
  const repeated = classes.find((name, at) => classes.indexOf(name) < at);
  if (repeated !== undefined) refuse('classes', `classes names "${repeated}" twice; name each class once`);
  if (classes.includes('')) refuse('classes', 'classes has an empty name; name each class as its labels do');
  if (threshold !== undefined)
    refuse('threshold', 'threshold is for models with one score; of classes the most probable decides, leave it out');
  if (positiveClass !== undefined)
    refuse(
      'positive_class',
      'positive_class takes one score out of two, classes takes them all; leave one of them out',
    );
  if (kind !== undefined && kind !== 'multiclass')
    refuse('classes', `classes are for models of kind multiclass, and this one is ${kind}; set its kind first`);
}

function checkInputs(inputs: readonly ModelInput[]): void {
  const refuse = (at: number, name: keyof ModelInput, message: string): never => {
    throw new SerinError('invalid_request', `${name} of input ${at} (${inputs[at]?.feature}) ${message}`, {
      field: `inputs[${at}].${name}`,
    });
  };
  for (const [at, input] of inputs.entries()) {
    for (const name of ['fill', 'mean', 'scale'] as const)
      if (!Number.isFinite(input[name])) refuse(at, name, `is ${input[name]}; give a finite number`);
    if (input.scale === 0) refuse(at, 'scale', 'is 0; give the divisor, 1 for none');
    if (input.encoding === 'one_hot') {
      const categories = input.categories ?? [];
      if (categories.length === 0) refuse(at, 'categories', 'are missing; list the categories in order');
      if (new Set(categories).size < categories.length) refuse(at, 'categories', 'repeat a value; list each once');
    }
    if (input.encoding !== 'number' && (input.log1p || input.mean !== 0 || input.scale !== 1 || input.fill !== 0))
      refuse(at, 'encoding', `is ${input.encoding}; fill, log1p, mean and scale are for numbers, leave them out`);
  }
}
