import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../daemon/http/free-port.ts';
import { MODEL } from '../payments/record.ts';
import { THRESHOLD } from '../payments/train.ts';
import { commandOf } from './processes.ts';

const HOST = '127.0.0.1';

export interface Ports {
  readonly api: number;
  readonly otlpHttp: number;
  readonly otlpGrpc: number;
  /** Those of the usual ports that were taken. */
  readonly taken: readonly number[];
}

/** The usual ports where they are free, else free ones. */
export async function choosePorts(): Promise<Ports> {
  const taken: number[] = [];
  const choose = async (usual: number): Promise<number> => {
    if (await isFree(usual)) return usual;
    taken.push(usual);
    return freePort(HOST);
  };
  return { api: await choose(7374), otlpHttp: await choose(4318), otlpGrpc: await choose(4317), taken };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

/**
 * Writes the `serin.yaml` of the demo. Times are short so that a story of hours fits into a few minutes; limits,
 * statistics and the rules of verdicts are the defaults.
 * @returns its path
 */
export async function writeSettings(directory: string, ports: Ports, mailPort: number): Promise<string> {
  const settings = {
    simulated: true,
    listen: { host: HOST, api: ports.api, otlp_http: ports.otlpHttp, otlp_grpc: ports.otlpGrpc },
    models: {
      directory: 'models',
      by_name: {
        [MODEL]: {
          kind: 'binary',
          threshold: THRESHOLD,
          positive_label: '1',
          value_unit: 'EUR',
          window: '1m',
          slices: ['region', 'tier'],
          services: ['payments'],
          label_maturity: '20s',
          accuracy_window: '1m',
          unlabelled: 'negative',
          latency_objective: '250ms',
        },
      },
    },
    watch: { tick: '2s', settle: '5s' },
    alerts: {
      hold: '4s',
      group_wait: '8s',
      group_interval: '5m',
      channels: {
        'on-call': {
          type: 'email',
          host: HOST,
          port: mailPort,
          from: 'Serin demo <serin@demo.example>',
          to: ['on-call@demo.example'],
        },
      },
    },
    retraining: {
      detectors: ['psi', 'score_drift', 'roc_auc'],
      cool_down: '1h',
      lookback: '30d',
      command: [
        ...commandOf('payments'),
        'retrain',
        '--snapshot={snapshot}',
        '--retraining={retraining}',
        '--callback={callback}',
        `--models=${join(directory, 'models')}`,
      ],
    },
  };
  const file = join(directory, 'serin.yaml');
  const head = '# Written by "serin demo". Everything this daemon sees is SIMULATED.\n';
  await writeFile(file, head + stringify(settings));
  return file;
}
