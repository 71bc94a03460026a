import { z } from 'zod';
import { channelSettings } from '../alerts/channels.ts';
import { duration } from './duration.ts';
import { replays, shadows } from '../models/shadow-schema.ts';
import { modelSettings, references, type ModelSettings } from '../models/model-schema.ts';
import { retraining } from './retraining-settings.ts';
import { rolloutSettings } from './rollout-settings.ts';

/**
 * Every setting of `serin.yaml`: name, unit, default and meaning, once. `docs/configuration.md` is made from it,
 * `load-config.ts` reads a file into it.
 */

const port = z.int().min(0).max(65_535);
const days = z.int().min(1).max(3650);

const listen = z
  .strictObject({
    host: z.string().default('127.0.0.1').describe('address that every port binds to'),
    api: port.default(7374).describe('port of the API and the dashboard; 0 takes a free one'),
    otlp_http: port
      .default(4318)
      .describe('port of OTLP/HTTP, and of predictions and labels in bulk; 0 takes a free one'),
    otlp_grpc: port.default(4317).describe('port of OTLP/gRPC; 0 takes a free one'),
    public_url: z
      .url()
      .optional()
      .describe('how people reach the dashboard, for links in alerts; by default the API address'),
  })
  .prefault({});

const store = z
  .strictObject({
    url: z
      .url()
      .optional()
      .describe('a ClickHouse server, such as http://clickhouse:8123; without it the engine is embedded'),
    username: z.string().optional().describe('login of the server'),
    password: z.string().optional().describe('password of the server; write ${NAME} to take it from the environment'),
    database: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
      .default('serin')
      .describe('database that holds every table'),
    cluster: z.string().optional().describe('name of a ClickHouse cluster: tables become replicated'),
    spans_days: days.default(30).describe('days that spans are kept'),
    predictions_days: days.default(400).describe('days that predictions and shadow scores are kept'),
    rollups_days: days.default(800).describe('days that rollups are kept'),
    findings_days: days.default(800).describe('days that findings are kept'),
    lease: duration
      .prefault('30s')
      .describe(
        'of several daemons on one server, one judges, sends and acts: how long it may be silent before another does so instead',
      ),
  })
  .prefault({});

const ingest = z
  .strictObject({
    max_body_bytes: z
      .int()
      .min(1024)
      .default(64 * 1024 * 1024)
      .describe('bytes of one body after decompression; more is answered 413'),
    max_records: z
      .int()
      .min(1)
      .default(1_000_000)
      .describe(
        'lines, spans with their events and links, or log records of one body; a body with more is answered 413',
      ),
    max_line_bytes: z
      .int()
      .min(1024)
      .default(4 * 1024 * 1024)
      .describe('bytes of one line of NDJSON; a longer one is refused'),
    body_time: duration.prefault('60s').describe('time that an OTLP client has to send a whole request'),
    max_connections: z
      .int()
      .min(1)
      .default(4096)
      .describe('open connections of each port; further ones are closed at once'),
    max_streams: z.int().min(1).default(128).describe('calls at once on one connection of OTLP/gRPC'),
    max_header_bytes: z
      .int()
      .min(1024)
      .max(1024 * 1024)
      .default(16_384)
      .describe('bytes of the headers of one OTLP request'),
    segment_bytes: z
      .int()
      .min(1024)
      .default(32 * 1024 * 1024)
      .describe('bytes after which a spool segment is loaded into the store'),
    segment_age: duration.prefault('1s').describe('age after which a spool segment is loaded into the store'),
    spool_bytes: z
      .int()
      .min(1024 * 1024)
      .default(4 * 1024 * 1024 * 1024)
      .describe('bytes that may wait on disk; more is answered 429 with Retry-After'),
    load_tries: z
      .int()
      .min(1)
      .default(10)
      .describe(
        'times that the store may refuse a segment, with pauses that grow from 100 ms to 30 s, before it is set aside; a store that is away is tried for ever',
      ),
    commit_window: duration
      .prefault('0s')
      .describe(
        'how long a body may be acked before the disk is told to keep it: 0s acks nothing that is not on the disk; more saves syncs, and a power cut may then lose what was acked within the window (a crash of the daemon loses nothing)',
      ),
    remember: duration
      .prefault('10m')
      .describe('how long a body and a prediction_id are remembered, so that a resend is stored once'),
    past: duration.prefault('400d').describe('records older than this are refused'),
    future: duration.prefault('1d').describe('records further ahead than this are refused'),
    max_attributes: z
      .int()
      .min(1)
      .default(256)
      .describe('attributes of one span, event, link, scope or resource; more are dropped and counted'),
    max_attribute_bytes: z
      .int()
      .min(16)
      .default(16_384)
      .describe('bytes of one attribute value, name or message of a span; longer ones are cut and counted'),
    max_features: z
      .int()
      .min(1)
      .default(2000)
      .describe('features of one prediction; a prediction with more is refused'),
    max_embedding: z
      .int()
      .min(1)
      .max(65_536)
      .default(8192)
      .describe('numbers of one embedding; a prediction with a longer one is refused'),
    max_tags: z.int().min(1).default(256).describe('tags, and classes, of one prediction; one with more is refused'),
    max_versions: z
      .int()
      .min(1)
      .default(10_000)
      .describe(
        'different versions of all models in the rollups; further ones are counted together as version "other" of the model "other"',
      ),
    max_services: z
      .int()
      .min(1)
      .default(1000)
      .describe('different services in the rollups of spans; further ones are counted together as "other"'),
    max_operations: z
      .int()
      .min(1)
      .default(1000)
      .describe('different operations of one service in the rollups; further ones are counted together as "other"'),
    max_slices: z
      .int()
      .min(1)
      .default(500)
      .describe('different slices of one model in the rollups; further ones are counted together as "other"'),
    max_categories: z
      .int()
      .min(1)
      .default(200)
      .describe('different values of one categorical feature in one segment; further ones are counted as "other"'),
    max_sources: z
      .int()
      .min(1)
      .default(1000)
      .describe(
        'different sources of labels, of all models together; labels of further ones are stored with the source "other"',
      ),
  })
  .prefault({});

export { modelSettings, type ModelSettings };

const models = z
  .strictObject({
    directory: z
      .string()
      .default('models')
      .describe('folder that holds model artifacts; relative to the data directory'),
    defaults: modelSettings.prefault({}).describe('settings of models that are not named'),
    by_name: z.record(z.string(), modelSettings).default({}).describe('settings by the name of the model'),
  })
  .prefault({});

const watch = z
  .strictObject({
    tick: duration.prefault('10s').describe('pause between two looks at the windows'),
    settle: duration.prefault('30s').describe('how long after its end a window is judged for good'),
    open_windows: z
      .boolean()
      .default(true)
      .describe('judge the open window at each tick too, so that an alert need not wait for its end'),
    false_alarm_budget: z
      .number()
      .positive()
      .max(100_000)
      .default(1)
      .describe(
        'expected false pages a week of all models together: where their own budgets add up to more, each has a part in proportion',
      ),
    back: z
      .int()
      .min(0)
      .default(48)
      .describe(
        'how many closed windows are judged again at once when late records or labels touch them; older ones are judged again little by little, and nobody is told',
      ),
  })
  .prefault({});

const alerts = z
  .strictObject({
    hold: duration.prefault('1m').describe('how long a finding must keep failing before its alert fires'),
    keep: duration.prefault('5m').describe('how long a finding must pass before its alert is resolved'),
    group_wait: duration.prefault('30s').describe('how long the first notification of a model waits for more alerts'),
    group_interval: duration.prefault('5m').describe('shortest time between two notifications of one model'),
    repeat: duration.prefault('12h').describe('a firing alert is told again after this time'),
    channels: z
      .record(z.string(), channelSettings)
      .default({})
      .describe('where notifications go, by a name of your choice'),
  })
  .prefault({});

export const configSchema = z.strictObject({
  listen: listen.describe('addresses and ports'),
  store: store.describe('where the data lives, and for how long'),
  ingest: ingest.describe('limits at the door'),
  models: models.describe('what is known of each model'),
  references: references.describe('training data that is uploaded to be judged against'),
  watch: watch.describe('when windows are judged'),
  alerts: alerts.describe('when people are told, and how'),
  retraining: retraining.describe('what starts a retraining, and who does it'),
  rollouts: rolloutSettings.describe('defaults of canary rollouts'),
  replays: replays.describe('how candidates are run in shadow'),
  shadows: shadows.describe('how candidates score what comes in, of open rollouts and of `shadow` of a model'),
  simulated: z.boolean().default(false).describe('marks the data as made up, everywhere it is shown'),
  log: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least severe line that is logged'),
});

export type Config = z.output<typeof configSchema>;

/** All defaults, as without a file. */
export function defaultConfig(): Config {
  return configSchema.parse({});
}
