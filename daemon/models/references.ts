import { createHash } from 'node:crypto';
import type { JudgedAgainst, Window } from '../../detectors/terms.ts';
import { SerinError } from '../errors.ts';
import type { Document, Documents } from '../store/documents.ts';
import type { Engine } from '../store/engine.ts';
import { frozenTables, referenceTables } from '../store/reference-tables.ts';
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
  /** It is a stretch of predictions, and was copied: its rollups and rows stand under its id. */
  readonly frozen: boolean;
}

/** A reference as it was taken, for good. */
export interface TakenReference extends Document {
  readonly state: 'taken';
  readonly kind: 'automatic' | 'pinned' | 'uploaded';
  readonly version: string | null;
  readonly window: Window;
  readonly takenAt: number;
  /** When its rows were stored for good; null for a stretch that is still read from the predictions. */
  readonly frozenAt: number | null;
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
  /** Notes that the copy of a stretch stands under its id. */
  frozen(model: string, id: string, at: number): Promise<void>;
  /** The id that a stretch of predictions has as a reference. */
  idOf(stretch: { readonly model: string; readonly version: string | null; readonly window: Window }): string;
}

/**
 * The automatic reference is taken as soon as its last window is over. A stretch that was taken is copied a little later
 * (freeze-references.ts); until then it is read from the predictions.
 */
export function openReferences(
  engine: Engine,
  book: ModelSettingsBook,
  documents: Documents<TakenReference>,
): References {
  const use: References['use'] = async ({ model, id, kind, version, window, frozenAt }) => {
    const uploaded = kind === 'uploaded';
    const frozen = !uploaded && frozenAt !== null;
    const reference = {
      version,
      window,
      pinned: kind !== 'automatic',
      ...(uploaded && { id, uploaded }),
      ...(frozen && { frozen }),
    };
    await book.put({ ...book.record(model), reference });
  };
  const take: References['take'] = async (taken) => {
    await documents.put(taken);
    await use(taken);
  };
  return {
    use,
    take,
    async pin(model, reference, now) {
      const taken = ofStretch(model, 'pinned', reference, now);
      // A stretch that was copied before stays as it was then.
      const before = await documents.get(taken.id);
      await take({ ...taken, frozenAt: before === undefined ? null : complete(before).frozenAt });
    },
    async frozen(model, id, at) {
      const taken = await documents.get(id);
      if (taken === undefined) return;
      await documents.put({ ...taken, frozenAt: at });
      const { reference } = book.record(model);
      if (reference !== null && reference.uploaded !== true && idOf(model, reference) === id)
        await book.put({ ...book.record(model), reference: { ...reference, frozen: true } });
    },
    idOf: ({ model, ...stretch }) => idOf(model, stretch),
    async of(model, now) {
      const { reference } = book.record(model);
      if (reference !== null) return { id: idOf(model, reference), uploaded: false, frozen: false, ...reference };
      const extent = await readExtent(engine, model);
      if (extent === undefined) return undefined;
      const settings = book.of(model);
      const from = windowAt(extent.from + settings.window - 1, settings.window).from;
      const length = Math.max(settings.window, Math.floor(settings.reference / settings.window) * settings.window);
      const stretch = { version: null, window: { from, to: from + length } };
      if (stretch.window.to > now) return undefined;
      const taken = ofStretch(model, 'automatic', stretch, now);
      await take(taken);
      return { id: taken.id, ...stretch, pinned: false, uploaded: false, frozen: false };
    },
    list: async (model) => (await documents.list({ model })).map(complete),
    async get(model, id) {
      const found = await documents.get(id);
      if (found !== undefined && found.model === model) return complete(found);
      throw new SerinError('unknown_id', `the model "${model}" has no reference "${id.slice(0, 60)}"`, { field: 'id' });
    },
  };
}

/**
 * Where the rows of a reference stand, and under which name: those of an upload and of a copied stretch in tables of their own.
 * The labels of a stretch go on coming, and are those of the predictions.
 */
export function rowsOf(
  engine: Engine,
  model: string,
  { id, uploaded, frozen }: Pick<JudgedAgainst, 'id' | 'uploaded' | 'frozen'>,
): { readonly engine: Engine; readonly model: string } {
  if (id === undefined) return { engine, model };
  if (uploaded === true) return { engine: referenceTables(engine), model: id };
  return frozen === true ? { engine: frozenTables(engine), model: id } : { engine, model };
}

/** What is known of a taken reference, as it stands beside what was judged against it. */
export function judgedAgainst({ id, kind, window, frozenAt }: TakenReference): JudgedAgainst {
  const uploaded = kind === 'uploaded';
  return { ...window, id, ...(uploaded && { uploaded }), ...(!uploaded && frozenAt !== null && { frozen: true }) };
}

/** Letters and digits that stand for what the rows of a reference are. */
export function referenceId(what: readonly unknown[]): string {
  return `ref-${createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16)}`;
}

function idOf(model: string, { version, window }: { readonly version: string | null; readonly window: Window }) {
  return referenceId([model, version, window.from, window.to]);
}

/** A stored reference, with what an earlier version of the daemon left unsaid: it copied no stretch. */
function complete(stored: Omit<TakenReference, 'frozenAt'> & Partial<TakenReference>): TakenReference {
  return { ...stored, frozenAt: stored.frozenAt ?? (stored.kind === 'uploaded' ? stored.takenAt : null) };
}

function ofStretch(
  model: string,
  kind: 'automatic' | 'pinned',
  stretch: { readonly version: string | null; readonly window: Window },
  takenAt: number,
): TakenReference {
  return { id: idOf(model, stretch), model, state: 'taken', kind, ...stretch, takenAt, frozenAt: null, upload: null };
}
