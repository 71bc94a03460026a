import { pino } from 'pino';
import { modelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openReferences } from '../../../daemon/models/references.ts';
import { openFindings } from '../../../daemon/store/findings.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { openWatch } from '../../../daemon/watch/watch.ts';
import type { ModelRecord } from '../../../detectors/terms.ts';
import { costOf, untilCalm, type Cost } from '../measure.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const TICK_MS = 60_000;

export interface TickCost {
  readonly models: number;
  readonly findings: number;
  /** The first tick, which reads the references too. */
  readonly first: Cost;
  readonly later: readonly Cost[];
  /** Memory of the process after the first of the later ticks and after the last, bytes. */
  readonly rss: readonly [number, number];
}

/** What one look at many models costs: rollups of an hour of reference and of so many minutes of the open window, to which each look finds one more. */
export async function measureTicks(
  store: Store,
  { models, features, ticks, minutes }: { models: number; features: number; ticks: number; minutes: number },
  progress: (line: string) => void,
): Promise<TickCost> {
  const open = Math.floor(Date.now() / HOUR) * HOUR;
  let now = open + minutes * MINUTE;
  progress(`storing rollups of ${models.toLocaleString('en')} models`);
  const insert = (from: number, buckets: number, records: number): Promise<void> =>
    store.bulk.run(
      `INSERT INTO {database}.prediction_minutes (model, version, slice, kind, name, bucket, count, missing, numbers, categories)
       SELECT concat('m', toString(model)), 'v1', 'all', if(row = 0, 'score', 'feature'), if(row = 0, '', concat('f', toString(row))),
              fromUnixTimestamp64Milli(toInt64({from:Int64} + minute * 60000)), {records:UInt64}, 0,
              CAST((arrayMap(bin -> toInt32(32500 + bin), range(40)), arrayMap(bin -> toUInt64(intDiv({records:UInt64}, 40)), range(40))), 'Map(Int32, UInt64)'), map()
       FROM (SELECT number AS model FROM numbers({models:UInt32})) AS a
       CROSS JOIN (SELECT number AS row FROM numbers({rows:UInt32})) AS b
       CROSS JOIN (SELECT number AS minute FROM numbers({buckets:UInt32})) AS c`,
      { from, records, models, rows: features + 1, buckets },
    );
  const settings = modelSettings.parse({ reference: '1h', window: '1h' });
  const book = await openModelSettings(
    { directory: 'models', defaults: settings, by_name: {} },
    store.documents<ModelRecord>('models'),
  );
  let findings = 0;
  const watch = await openWatch({
    engine: store.watcher,
    findings: openFindings(store.writer, store.reader),
    settings: { tick: TICK_MS, settle: 30_000, open_windows: true, false_alarm_budget: 1, back: 48 },
    settingsOf: book.of,
    references: openReferences(store.watcher, book, store.documents('references')),
    clock: { now: () => now },
    log: pino({ level: 'silent' }),
    observe: async (found) => {
      findings += found.length;
    },
    // Nothing is open, as on most days: the first look tells of everything, the others of what changed.
    follows: () => false,
  });
  await insert(open - 2 * HOUR, 1, 40_000);
  await insert(open, minutes, 4000);
  const trafficCame = (from: number): void =>
    watch.touch(new Map(Array.from({ length: models }, (_, at) => [`m${at}`, { from, to: now }])));
  trafficCame(open);
  progress('ticking');
  await untilCalm();
  const first = await costOf(() => watch.tick());
  await untilCalm();
  const judged = findings;
  const later: Cost[] = [];
  const memory: number[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    // A minute goes by, with its traffic.
    await insert(now, 1, 4000);
    now += TICK_MS;
    trafficCame(now - TICK_MS);
    await untilCalm();
    later.push(await costOf(() => watch.tick()));
    (globalThis as { gc?: () => void }).gc?.();
    memory.push(process.memoryUsage().rss);
  }
  return { models, findings: judged, first, later, rss: [memory[0] ?? NaN, memory.at(-1) ?? NaN] };
}
