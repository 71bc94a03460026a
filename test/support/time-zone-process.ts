import { join } from 'node:path';
import pino from 'pino';
import { defaultConfig, modelSettings } from '../../daemon/config/config.ts';
import { openIngest } from '../../daemon/ingest/ingest.ts';
import { openModelSettings } from '../../daemon/models/model-settings.ts';
import { openReferences } from '../../daemon/models/references.ts';
import { openFindings } from '../../daemon/store/findings.ts';
import { readLabelledHours } from '../../daemon/store/labelled-hours.ts';
import { readStoredMonths, rebuildRollups } from '../../daemon/store/rebuild-rollups.ts';
import { openStore, type Store } from '../../daemon/store/store.ts';
import { openWatch } from '../../daemon/watch/watch.ts';
import type { ModelRecord, Window } from '../../detectors/terms.ts';
import { lines, SetClock } from './temporary-ingest.ts';

const HALF_HOUR = 1_800_000;
const DAY = 86_400_000;
const MODEL = 'fraud';

/** Middles of days when clocks are turned somewhere, or a calendar does what it seldom does. */
export const TURNS = {
  'forward in New York': Date.UTC(2026, 2, 8, 7),
  'back by half an hour on Lord Howe Island': Date.UTC(2026, 3, 4, 15),
  'back in New York': Date.UTC(2026, 10, 1, 6),
  'end of the leap day': Date.UTC(2028, 2, 1),
};

/** What a store that was written in one time zone says in this one. */
export interface ZoneReport {
  readonly zone: string;
  readonly months: unknown;
  readonly hours: unknown;
  readonly rollups: unknown;
  readonly rebuilt: unknown;
  readonly findings: unknown;
  readonly judgedUntil: unknown;
}

/**
 * `node --import ./typescript.mjs time-zone-process.ts DIRECTORY read|write [URL]` in the time zone of `TZ`, with the store embedded or at
 * that address: with `write`, takes predictions and labels around every turn and judges each day of them; then prints a
 * `ZoneReport` as JSON.
 */
async function run(directory: string, write: boolean, url: string | undefined): Promise<void> {
  const twentyYears = 20 * 365;
  const settings = { predictions_days: twentyYears, rollups_days: twentyYears, findings_days: twentyYears };
  const store = await openStore({ ...defaultConfig().store, ...settings, ...(url && { url }) }, directory);
  if (write) await live(store, directory);
  const report = await readReport(store);
  await store.close();
  process.stdout.write(JSON.stringify(report));
}

/** A prediction each half hour, on both sides of a turn, and the label of each an hour later; then every day is judged. */
async function live(store: Store, directory: string): Promise<void> {
  const clock = new SetClock(0);
  const log = pino({ level: 'silent' });
  const findings = openFindings(store.writer, store.reader);
  const settings = modelSettings.parse({ window: '1d', reference: '1d', accuracy_window: '1d', label_maturity: '1h' });
  const book = await openModelSettings(
    { directory: 'models', defaults: settings, by_name: {} },
    store.documents<ModelRecord>('models'),
  );
  const watch = await openWatch({
    engine: store.watcher,
    findings,
    settings: { tick: 1000, settle: 30_000, open_windows: true, false_alarm_budget: 1, back: 10 },
    settingsOf: book.of,
    references: openReferences(store.watcher, book, store.documents('references')),
    clock,
    log,
    observe: async () => undefined,
    follows: () => true,
  });
  const ingest = await openIngest({
    engine: store.loader,
    directory: join(directory, 'spool'),
    limits: { ...defaultConfig().ingest, segment_age: 3_600_000 },
    sliceTags: () => [],
    clock,
    log,
    onLoaded: ({ models, labels }) => watch.touch(models, labels),
  });
  for (const turn of Object.values(TURNS)) {
    clock.time = turn + 2 * DAY;
    const times = Array.from({ length: 96 }, (_, n) => turn + (n - 48) * HALF_HOUR);
    const id = (at: number): string => new Date(at).toISOString();
    const predictions = times.map((timestamp, n) => ({
      prediction_id: id(timestamp),
      model: MODEL,
      version: 'v1',
      timestamp,
      features: { amount: n },
      score: (n % 10) / 10,
    }));
    const labels = times.map((at) => ({ prediction_id: id(at), label: '1', timestamp: id(at + 2 * HALF_HOUR) }));
    await ingest.accept('predictions', 'ndjson', lines(predictions));
    await ingest.accept('labels', 'ndjson', lines(labels));
    await ingest.flush();
    await watch.tick();
  }
  await ingest.close();
}

async function readReport(store: Store): Promise<ZoneReport> {
  const findings = openFindings(store.writer, store.reader);
  const months = await readStoredMonths(store.watcher);
  const rollups = await readRollups(store);
  for (const { month } of months) await rebuildRollups(store.bulk, month, () => []);
  const judged = await findings.list({ limit: 10_000 });
  const daysOf = (window: Window): string =>
    `${new Date(window.from).toISOString()} ${(window.to - window.from) / DAY}`;
  return {
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    months,
    hours: await readLabelledHours(store.watcher, 0),
    rollups,
    rebuilt: await readRollups(store),
    findings: judged
      .map((one) =>
        [daysOf(one.window), one.detector, one.subject, one.slice, one.state, one.count, one.judgedAt].join(),
      )
      .sort(),
    judgedUntil: [...(await findings.judgedUntil())],
  };
}

async function readRollups(store: Store): Promise<unknown> {
  return store.watcher.rows(
    `SELECT kind, name, toUnixTimestamp(bucket) AS bucket, sum(count) AS count FROM {database}.prediction_minutes
     WHERE model = {model:String} GROUP BY kind, name, bucket ORDER BY kind, name, bucket`,
    { model: MODEL },
  );
}

if (process.argv[1] === import.meta.filename) await run(process.argv[2]!, process.argv[3] === 'write', process.argv[4]);
