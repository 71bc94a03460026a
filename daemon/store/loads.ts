import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';

/** What was loaded: the stretch touched of each model, and how many labels came. */
export interface LoadedStretches {
  readonly models: ReadonlyMap<string, Window>;
  readonly labels: number;
}

/** What the daemons of one store tell each other of their loads. */
export interface Loads {
  /** Notes a load. Where the store does not take the note, it waits for the next one, for `flush` or `hear`. */
  note(loaded: LoadedStretches): Promise<void>;
  /** Stores the notes that wait. */
  flush(): Promise<void>;
  /** What any daemon noted since this was asked last; of the last hour when it is asked first, or after `forget`. */
  hear(): Promise<LoadedStretches>;
  forget(): void;
}

const HOUR_SECONDS = 3600;
/** Notes may come to be seen later than the time they bear: clocks of servers differ, and replicas lag. */
const OVERLAP_SECONDS = 120;

/** @param elapsed milliseconds that never go back */
export function openLoads(writer: Engine, reader: Engine, elapsed: () => number): Loads {
  let waiting = new Map<string, Window>();
  let labels = 0;
  let heardAt: number | undefined;
  let heard: ReadonlySet<string> = new Set();

  function keep(loaded: LoadedStretches): void {
    for (const [model, { from, to }] of loaded.models) {
      const known = waiting.get(model) ?? { from: Infinity, to: -Infinity };
      waiting.set(model, { from: Math.min(known.from, from), to: Math.max(known.to, to) });
    }
    labels += loaded.labels;
  }

  async function flush(): Promise<void> {
    const taken = { models: waiting, labels };
    if (taken.models.size === 0 && taken.labels === 0) return;
    [waiting, labels] = [new Map(), 0];
    // Labels belong to no model: a note without one tells of them.
    const stretches: [string, Window][] = [...taken.models, ...(taken.labels > 0 ? [NO_MODEL] : [])];
    const rows = stretches.map(([model, { from, to }]) => ({
      model,
      from_ms: from,
      to_ms: to,
      labels: model === '' ? taken.labels : 0,
    }));
    await writer.insert('loads', rows).catch((error: unknown) => {
      keep(taken);
      throw error;
    });
  }

  return {
    flush,
    async note(loaded) {
      keep(loaded);
      await flush();
    },
    async hear() {
      await flush();
      const began = elapsed();
      const seconds = heardAt === undefined ? HOUR_SECONDS : Math.ceil((began - heardAt) / 1000) + OVERLAP_SECONDS;
      const rows = await reader.rows<{ id: string; model: string; from: number; to: number; labels: number }>(
        `SELECT toString(id) AS id, model, from_ms AS from, to_ms AS to, labels
         FROM {database}.loads WHERE at > now64(3) - toIntervalSecond({seconds:UInt32})`,
        { seconds },
      );
      const models = new Map<string, Window>();
      let came = 0;
      for (const row of rows.filter(({ id }) => !heard.has(id))) {
        came += row.labels;
        if (row.model === '') continue;
        const known = models.get(row.model) ?? { from: Infinity, to: -Infinity };
        models.set(row.model, { from: Math.min(known.from, row.from), to: Math.max(known.to, row.to) });
      }
      [heardAt, heard] = [began, new Set(rows.map(({ id }) => id))];
      return { models, labels: came };
    },
    forget() {
      [heardAt, heard] = [undefined, new Set()];
    },
  };
}

const NO_MODEL: [string, Window] = ['', { from: 0, to: 0 }];
