import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { backfill } from './backfill.ts';
import { makeBadCandidate } from './bad-candidate.ts';
import { BROKEN, HEALTHY } from './breakage.ts';
import { FIRST_VERSION, makeFirstModel } from './first-model.ts';
import { runJob } from './job.ts';
import { loadModel } from './model-files.ts';
import { MODEL } from './record.ts';
import { startTelemetry } from './telemetry.ts';
import { sendTraffic } from './traffic.ts';
import { startTensorFlow } from './train.ts';

/**
 * A small card-fraud scoring service, and the jobs around its model. Everything it sends is SIMULATED: no payment,
 * card or person behind it exists.
 */
const USAGE = `usage: node examples/payments/main.js COMMAND [options]   (all payments are SIMULATED)

  first-model    train the first model and register it
  backfill       send weeks of history
  serve          score live payments; the line "break" on standard input breaks things, "heal" repairs them
  retrain        the retraining job of the daemon: --snapshot FILE --retraining ID --callback URL
  bad-candidate  train a model with an ordinary mistake and register it

  --url URL       API of the daemon             (http://127.0.0.1:7374)
  --otlp URL      OTLP/HTTP of the daemon       (http://127.0.0.1:4318)
  --grpc URL      OTLP/gRPC of the daemon       (http://127.0.0.1:4317)
  --models DIR    models.directory of the daemon
  --rows N        payments to train on
  --payments N    payments of the history       (60000)
  --from, --to T  time of the history, RFC 3339
  --rate N        live payments a second        (300)
  --seed N        of all that is drawn          (1)
  --version V     version of the bad candidate
`;

const OPTIONS = {
  url: { type: 'string', default: 'http://127.0.0.1:7374' },
  otlp: { type: 'string', default: 'http://127.0.0.1:4318' },
  grpc: { type: 'string', default: 'http://127.0.0.1:4317' },
  models: { type: 'string', default: 'serin-data/models' },
  rows: { type: 'string', default: '30000' },
  payments: { type: 'string', default: '60000' },
  from: { type: 'string' },
  to: { type: 'string' },
  rate: { type: 'string', default: '300' },
  seed: { type: 'string', default: '1' },
  version: { type: 'string', default: 'one-row-off' },
  snapshot: { type: 'string', default: '' },
  retraining: { type: 'string', default: '' },
  callback: { type: 'string', default: '' },
} as const;

type Options = ReturnType<typeof readOptions>['values'];

try {
  const { values, positionals } = readOptions();
  await run(positionals[0] ?? '', values);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function readOptions() {
  return parseArgs({ options: OPTIONS, allowPositionals: true });
}

async function run(command: string, options: Options): Promise<void> {
  const { url, models } = options;
  const rows = Number(options.rows);
  const seed = Number(options.seed);
  switch (command) {
    case 'first-model': {
      const auc = await makeFirstModel({ url, models, rows, seed });
      return say(`${FIRST_VERSION} trained on ${rows} simulated payments, ROC-AUC ${auc.toFixed(3)}`);
    }
    case 'backfill':
      return runBackfill(options, seed);
    case 'serve':
      return serve(options, seed);
    case 'retrain':
      return runJob(options);
    case 'bad-candidate':
      return makeBadCandidate({ url, models, version: options.version, rows, seed });
    default:
      process.stdout.write(USAGE);
      if (command !== '') throw new Error(`there is no command "${command}"`);
  }
}

async function runBackfill(options: Options, seed: number): Promise<void> {
  const to = options.to === undefined ? Date.now() : Date.parse(options.to);
  const from = options.from === undefined ? to - 21 * 86_400_000 : Date.parse(options.from);
  await startTensorFlow();
  const telemetry = startTelemetry(options.otlp, 'http');
  const model = await loadModel(join(options.models, MODEL, FIRST_VERSION));
  const settings = { url: options.url, seed: seed + 1, from, to, payments: Number(options.payments), traceEvery: 20 };
  const sent = await backfill(model, telemetry, settings, (payments) => say(`sent ${payments} of ${options.payments}`));
  await telemetry.stop();
  say(`history sent: ${sent.predictions} simulated predictions, ${sent.labels} labels`);
}

async function serve(options: Options, seed: number): Promise<void> {
  await startTensorFlow();
  const telemetry = startTelemetry(options.grpc, 'grpc');
  const model = await loadModel(join(options.models, MODEL, FIRST_VERSION));
  const stop = new AbortController();
  let breakage = HEALTHY;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line === 'break') breakage = BROKEN;
    if (line === 'heal') breakage = HEALTHY;
    say(`told to ${line}`);
  });
  // The parent is gone, or someone pressed Ctrl-D: nobody is left to serve.
  lines.on('close', () => stop.abort());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  say(`scoring ${options.rate} simulated payments a second`);
  const settings = { url: options.url, seed: seed + 2, rate: Number(options.rate), breakage: () => breakage };
  await sendTraffic(model, telemetry, settings, stop.signal);
  await telemetry.stop();
  lines.close();
}

function say(text: string): void {
  process.stdout.write(`payments (simulated): ${text}\n`);
}
