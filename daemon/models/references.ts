import { createHash } from 'node:crypto';
import type { JudgedAgainst, Window } from '../../detectors/terms.ts';
import { SerinError } from '../errors.ts';
import type { Document, Documents } from '../store/documents.ts';
import type { Engine } from '../store/engine.ts';
import { referenceTables } from '../store/reference-tables.ts';
import { readExtent } from '../store/traffic.ts';
import type { UploadFormat } from '../store/uploaded-file.ts';
import { windowAt } from '../watch/windows.ts';
import type { ModelSettingsBook } from './model-settings.ts';

/** What windows of a model are judged against. */
export interface Reference {
  /** The same for the same rows, however often they are taken. */
  readonly id: string;
  /** The version that was pinned, or null for all that answered then. */
  readonly version: string | null;
  readonly window: Window;
  /** False while it was taken by itself, from the first full windows. */
  readonly pinned: boolean;
  /** Its rows came as a file, and stand under its id. */
  readonly uploaded: boolean;
}

/** A reference as it was taken, for good. */
export interface TakenReference extends Document {
  readonly state: 'taken';
  readonly kind: 'automatic' | 'pinned' | 'uploaded';
  readonly version: string | null;
  readonly window: Window;
  readonly takenAt: number;
  readonly upload: TakenUpload | null;
}

/** What is known of the file of an uploaded reference. */
export interface TakenUpload {
  readonly format: UploadFormat;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly labelled: number;
  /** Whether its rows have a time of their own; without it the reference has no windows to learn from. */
  readonly timed: boolean;
  /** What the traffic of the model was cut by when it was taken. */
  readonly slices: readonly string[];
  readonly columns: readonly { readonly name: string; readonly role: string }[];
}

export interface References {
  /** Undefined until a pinned reference, or enough full windows, exist. */
  of(model: string, now: number): Promise<Reference | undefined>;
  pin(
    model: string,
    reference: { readonly version: string | null; readonly window: Window },
    now: number,
  ): Promise<void>;
  /** Every reference of a model that was ever taken, the one taken last first. */
  list(model: string): Promise<TakenReference[]>;
  /** @throws SerinError `unknown_id` */
  get(model: string, id: string): Promise<TakenReference>;
  /** Judges against this one from now on. */
  use(taken: TakenReference): Promise<void>;
  /** Stores one and judges against it from now on. */
  take(taken: TakenReference): Promise<void>;
}

/** References are frozen once taken: the automatic one is stored as soon as its last window is over. */
export function openReferences(
  engine: Engine,
  book: ModelSettingsBook,
  documents: Documents<TakenReference>,
): References {
  const use: References['use'] = async ({ model, id, kind, version, window }) => {
    const uploaded = kind === 'uploaded';
    const reference = { version, window, pinned: kind !== 'automatic', ...(uploaded && { id, uploaded }) };
    await book.put({ ...book.record(model), reference });
  };
  const take: References['take'] = async (taken) => {
    await documents.put(taken);
    await use(taken);
  };
  return {
    use,
    take,
    pin: (model, reference, now) => take(ofStretch(model, 'pinned', reference, now)),
    async of(model, now) {
      const { reference } = book.record(model);
      if (reference !== null) return { id: idOf(model, reference), uploaded: false, ...reference };
      const extent = await readExtent(engine, model);
      if (extent === undefined) return undefined;
      const settings = book.of(model);
      const from = windowAt(extent.from + settings.window - 1, settings.window).from;
      const length = Math.max(settings.window, Math.floor(settings.reference / settings.window) * settings.window);
      const stretch = { version: null, window: { from, to: from + length } };
      if (stretch.window.to > now) return undefined;
      const taken = ofStretch(model, 'automatic', stretch, now);
      await take(taken);
      return { id: taken.id, ...stretch, pinned: false, uploaded: false };
    },
    list: (model) => documents.list({ model }),
    async get(model, id) {
      const found = await documents.get(id);
      if (found !== undefined && found.model === model) return found;
      throw new SerinError('unknown_id', `the model "${model}" has no reference "${id.slice(0, 60)}"`, { field: 'id' });
    },
  };
}

/** Where the rows of a reference stand, and under which name: those of an upload in tables of their own. */
export function rowsOf(
  engine: Engine,
  model: string,
  { id, uploaded }: Pick<JudgedAgainst, 'id' | 'uploaded'>,
): { readonly engine: Engine; readonly model: string } {
  return uploaded === true && id !== undefined ? { engine: referenceTables(engine), model: id } : { engine, model };
}

/** Letters and digits that stand for what the rows of a reference are. */
export function referenceId(what: readonly unknown[]): string {
  return `ref-${createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16)}`;
}

function idOf(model: string, { version, window }: { readonly version: string | null; readonly window: Window }) {
  return referenceId([model, version, window.from, window.to]);
}

function ofStretch(
  model: string,
  kind: 'automatic' | 'pinned',
  stretch: { readonly version: string | null; readonly window: Window },
  takenAt: number,
): TakenReference {
  return { id: idOf(model, stretch), model, state: 'taken', kind, ...stretch, takenAt, upload: null };
}
