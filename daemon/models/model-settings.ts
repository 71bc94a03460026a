import { isDeepStrictEqual } from 'node:util';
import { findUnknown } from './check-detectors.ts';
import { modelSettings, type Config, type ModelSettings } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import { takeTurns } from '../in-turn.ts';
import type { Documents } from '../store/documents.ts';
import type { ModelRecord } from '../../detectors/terms.ts';

/**
 * What is in force for each model: defaults, over them `models.by_name` of the file, over them what the API was told.
 * Kept in memory, so that the door can ask it for every record.
 */
export interface ModelSettingsBook {
  of(model: string): ModelSettings;
  /** Stores a change from the API. @throws SerinError when a value is wrong */
  change(model: string, change: Readonly<Record<string, unknown>>): Promise<void>;
  /** Models that have settings of their own, from the file or the API. */
  known(): readonly string[];
  record(model: string): ModelRecord;
  put(record: ModelRecord): Promise<void>;
  /** Reads again what is stored: another daemon on the same store may have been told of changes. */
  reload(): Promise<void>;
  /** Calls `listener` with the name of a model whose settings have changed. */
  onChange(listener: (model: string) => void): void;
}

export async function openModelSettings(
  config: Config['models'],
  documents: Documents<ModelRecord>,
): Promise<ModelSettingsBook> {
  const readAll = (): Promise<ModelRecord[]> => documents.list({ limit: 1_000_000 });
  const records = new Map((await readAll()).map((record) => [record.model, record]));
  const effective = new Map<string, ModelSettings>();
  const listeners: ((model: string) => void)[] = [];

  const recordOf = (model: string): ModelRecord =>
    records.get(model) ?? { id: model, model, state: 'known', settings: {}, reference: null };

  const settingsOf = (record: ModelRecord): ModelSettings => {
    const base = Object.hasOwn(config.by_name, record.model) ? config.by_name[record.model]! : config.defaults;
    return { ...base, ...(record.settings as Partial<ModelSettings>) };
  };

  const inTurn = takeTurns();
  const know = (record: ModelRecord): void => {
    records.set(record.model, record);
    effective.delete(record.model);
    for (const listener of listeners) listener(record.model);
  };
  const put = (record: ModelRecord): Promise<void> =>
    inTurn(async () => {
      await documents.put(record);
      know(record);
    });

  return {
    of(model) {
      let settings = effective.get(model);
      if (settings === undefined) {
        settings = settingsOf(recordOf(model));
        effective.set(model, settings);
      }
      return settings;
    },
    known: () => [...new Set([...Object.keys(config.by_name), ...records.keys()])],
    record: recordOf,
    async change(model, change) {
      const record = recordOf(model);
      await put({ ...record, settings: { ...record.settings, ...parseChange(change) } });
    },
    put,
    reload: () =>
      inTurn(async () => {
        for (const record of await readAll()) if (!isDeepStrictEqual(record, records.get(record.model))) know(record);
      }),
    onChange: (listener) => void listeners.push(listener),
  };
}

/** Only the settings that were given, checked and in the program's form (lengths of time in milliseconds). */
function parseChange(change: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const parsed = modelSettings.safeParse(change);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new SerinError('invalid_request', `${issue.path.join('.') || 'the settings'}: ${issue.message}`, {
      field: issue.path.join('.'),
    });
  }
  for (const { path, message } of findUnknown(parsed.data.detectors)) {
    throw new SerinError('unknown_detector', message, { field: ['detectors', ...path].join('.') });
  }
  return Object.fromEntries(Object.entries(parsed.data).filter(([key]) => key in change));
}
