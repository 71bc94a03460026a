import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { SerinError } from '../errors.ts';
import { saveBody, type SavedBody } from '../http/save-body.ts';
import { takeTurns } from '../in-turn.ts';
import type { Engine } from '../store/engine.ts';
import { discardReference, loadReference, widestCategory, type RoleOfColumn } from '../store/load-reference.ts';
import { describeFile, profileFile, type UploadFormat } from '../store/uploaded-file.ts';
import type { ModelSettingsBook } from './model-settings.ts';
import { referenceId, type References, type TakenReference } from './references.ts';
import { placeColumns, settleColumns, type ColumnChoice } from './upload-columns.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Different texts of one feature: an id is no feature, and would fill every summary of the reference. */
const MOST_CATEGORIES = 1000;

export interface Upload {
  readonly format: UploadFormat;
  readonly body: Readable;
  readonly columns: ColumnChoice;
}

/** Training data that comes as a file and becomes the reference of a model. */
export interface Uploads {
  /** The same file with the same choice of columns is the same reference. @throws SerinError that says what to mend */
  take(model: string, upload: Upload): Promise<TakenReference>;
}

export interface UploadsOptions {
  /** Session that may read files and takes its time. */
  readonly engine: Engine;
  readonly embedded: boolean;
  readonly book: ModelSettingsBook;
  readonly references: References;
  /** Where bodies wait until they are read. */
  readonly folder: string;
  readonly limits: { readonly max_bytes: number; readonly max_rows: number };
  readonly clock: Clock;
}

export async function openUploads(options: UploadsOptions): Promise<Uploads> {
  const { embedded, folder, limits } = options;
  // What an end in the middle of an upload left behind.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const inTurn = takeTurns();
  return {
    async take(model, upload) {
      if (!embedded)
        throw new SerinError(
          'conflict',
          'files are read by the embedded engine, and this daemon keeps its data at store.url; pin a stretch of predictions instead',
        );
      const path = join(folder, `${randomUUID()}.${upload.format}`);
      try {
        const saved = await saveBody(upload.body, path, limits.max_bytes);
        return await inTurn(() => takeFile(options, model, upload, { path, ...saved }));
      } finally {
        await rm(path, { force: true });
      }
    },
  };
}

async function takeFile(
  { engine, book, references, limits, clock }: UploadsOptions,
  model: string,
  { format, columns: choice }: Upload,
  { path, bytes, sha256 }: SavedBody & { readonly path: string },
): Promise<TakenReference> {
  const { slices } = book.of(model);
  const id = referenceId([model, format, sha256, choice, slices]);
  const known = (await references.list(model)).find((taken) => taken.id === id);
  if (known !== undefined) {
    await references.use(known);
    return known;
  }
  if (bytes === 0) throw refused('the file is empty; send at least one row');
  const columns = await read(format, () => readColumns(engine, { path, format }, choice, limits.max_rows));
  const takenAt = clock.now();
  const untimedAt = Math.floor(takenAt / MINUTE) * MINUTE - MINUTE;
  try {
    const file = { path, format, columns };
    const loaded = await read(format, () =>
      loadReference(engine, id, file, slices, { untimedAt, receivedAt: takenAt }),
    );
    await checkCategories(engine, id);
    const timed = columns.some(({ role }) => role === 'timestamp');
    const { rows, labelled, extent } = loaded;
    const taken: TakenReference = {
      id,
      model,
      state: 'taken',
      kind: 'uploaded',
      version: null,
      window: timed ? wholeHours(extent) : { from: untimedAt, to: untimedAt + MINUTE },
      takenAt,
      frozenAt: takenAt,
      upload: {
        format,
        bytes,
        sha256,
        rows,
        labelled,
        timed,
        slices,
        columns: columns.map(({ name, role }) => ({ name, role })),
      },
    };
    await references.take(taken);
    return taken;
  } catch (error) {
    await discardReference(engine, id);
    throw error;
  }
}

async function readColumns(
  engine: Engine,
  { path, format }: { readonly path: string; readonly format: UploadFormat },
  choice: ColumnChoice,
  maxRows: number,
): Promise<RoleOfColumn[]> {
  const { read: placed, maps } = placeColumns(await describeFile(engine, path, format), choice);
  const profile = await profileFile(engine, { path, format, columns: placed });
  if (profile.rows === 0) throw refused('the file has no rows; send at least one');
  if (profile.rows > maxRows)
    throw new SerinError(
      'too_large',
      `the file has ${profile.rows} rows, ${maxRows} are the most; send a random sample, or raise references.max_rows`,
      { field: 'body' },
    );
  const columns = [...settleColumns(placed, profile, choice, format), ...maps];
  const comparable = ['number', 'category', 'boolean', 'embedding', 'score', 'numbers', 'categories', 'embeddings'];
  if (!columns.some(({ role }) => comparable.includes(role)))
    throw refused('no column of the file is a feature or a score with a value; there is nothing to compare with');
  return columns;
}

async function checkCategories(engine: Engine, id: string): Promise<void> {
  const widest = await widestCategory(engine, id);
  if (widest === undefined || widest.texts <= MOST_CATEGORIES) return;
  throw new SerinError(
    'invalid_request',
    `the column ${JSON.stringify(widest.name)} holds about ${widest.texts} different texts, ${MOST_CATEGORIES} are the most of a category; name it in ignore`,
    { field: widest.name },
  );
}

/** What the engine says of a file that it cannot read is told to whoever sent it; the rest is the engine's own fault. */
async function read<T>(format: UploadFormat, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SerinError || !(error instanceof Error) || error.constructor.name !== 'ClickHouseError')
      throw error;
    const { type } = error as { type?: unknown };
    if (typeof type === 'string' && /MEMORY_LIMIT|TIMEOUT|TOO_SLOW/.test(type))
      throw new SerinError(
        'too_large',
        'the file takes more memory or time to count than one may; send a random sample of its rows, or fewer columns',
        { field: 'body', cause: error },
      );
    if (typeof type === 'string' && /TOO_MANY|NOT_ENOUGH_SPACE/.test(type)) throw error;
    if (/the file is empty|Cannot read rows from the data/.test(error.message))
      throw refused('the file has no rows; send at least one');
    const said = error.message
      .replaceAll(/\s*:?\s*\(in file\/uri [^)]*\)[^]*$/g, '')
      .replaceAll(/(You can specify| in scope )[^]*$/g, '')
      .trim()
      .slice(0, 500);
    throw new SerinError(
      'invalid_request',
      `the file cannot be read as ${format}: ${said}; send one type a column, or name the format that it has`,
      { field: 'body', cause: error },
    );
  }
}

/** Buckets of older rows are hours, and windows of the reference are cut along them. */
function wholeHours({ from, to }: Window): Window {
  return { from: Math.floor(from / HOUR) * HOUR, to: (Math.floor(to / HOUR) + 1) * HOUR };
}

function refused(message: string): SerinError {
  return new SerinError('invalid_request', message, { field: 'body' });
}
