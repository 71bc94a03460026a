import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../../../daemon/package-root.ts';
import type { Load } from './bodies.ts';

/** What the generator is to send, and how fast. */
export interface Sending {
  /** Address without a path. */
  readonly url: string;
  readonly load: Load;
  readonly recordsPerRequest: number;
  readonly recordsPerSecond: number;
  readonly seconds: number;
  /** Requests under way at once; what is due beyond that waits, and its wait counts. */
  readonly connections: number;
  /** Number of the first record: ids are made of it. */
  readonly first: number;
}

/** What became of it. Latencies are counted from when a request was due, so a slow server cannot hide behind a slow client. */
export interface Sent {
  readonly requests: number;
  /** Records in requests that were answered 200. */
  readonly acked: number;
  /** Requests by status; `0` for those that were never answered. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Time between the last request that was due and the last answer. */
  readonly lateMs: number;
  /** Unix milliseconds and records acked by then, at most every 20 ms. */
  readonly acks: readonly (readonly [at: number, acked: number])[];
  /** CPU-seconds of the generator itself. */
  readonly cpuSeconds: number;
}

/** Runs the generator as a process of its own. */
export async function generate(sending: Sending): Promise<Sent> {
  const file = fileURLToPath(new URL('./generator.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', './test/support/typescript.mjs', file, JSON.stringify(sending)], {
    cwd: PACKAGE_ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the generator ended with ${code}`);
  return JSON.parse(text) as Sent;
}
