import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { byteBudget } from '../http/byte-budget.ts';
import { systemClock } from '../clock.ts';
import type { ThreadCounters } from './counters.ts';
import type { ThreadAnswers, ThreadNeeds, ThreadStart } from './ingest-thread.ts';
import { openIngest, type Ingest } from './ingest.ts';
import { startOtlpGrpc } from './doors/otlp-grpc.ts';
import { startOtlpHttp } from './doors/otlp-http.ts';
import type { OtlpListener } from './doors/otlp-listen.ts';
import { joinThreads, type Calls } from './thread-calls.ts';

/** The worker side of `ingest-thread.ts`: opens the intake, and the OTLP doors when it is told to. */
const port = parentPort!;
const { directory, limits, spansPastMs, sliceTags, logLevel } = workerData as ThreadStart;
const log = pino({ level: logLevel }, pino.destination({ dest: 2, sync: false }));
const tagsOf = new Map(sliceTags.byModel);
let ingest: Ingest;
let listeners: OtlpListener[] = [];
const delay = monitorEventLoopDelay({ resolution: 20 });
delay.enable();

/** So many bodies of the largest size may be in memory at once. */
const LARGEST_BODIES = 4;
/** A door that is not open yet. */
const SHUT = { answers: {}, connections: 0 };

async function counters(): Promise<ThreadCounters> {
  const [http, grpc] = listeners;
  const delaySeconds = {
    p50: seconds(delay.percentile(50)),
    p99: seconds(delay.percentile(99)),
    max: seconds(delay.max),
  };
  delay.reset();
  return {
    ...(await ingest.counters()),
    doors: { otlp_http: http?.read() ?? SHUT, otlp_grpc: grpc?.read() ?? SHUT },
    busySeconds: performance.eventLoopUtilization().active / 1000,
    delaySeconds,
    heapBytes: process.memoryUsage().heapUsed,
  };
}

/** Of nanoseconds between two looks; the pause that was meant to be is no delay. */
function seconds(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - 0.02);
}

const needs: Calls<ThreadNeeds> = joinThreads<ThreadAnswers, ThreadNeeds>(port, {
  open: async () => {
    ingest = await openIngest({
      engine: { insertBlocks: (...given) => needs.call('insertBlocks', given) },
      directory,
      limits,
      spansPastMs,
      sliceTags: (model) => tagsOf.get(model) ?? sliceTags.default,
      clock: systemClock,
      log,
      onLoaded: (loaded) => void needs.call('loaded', [loaded]),
    });
  },
  accept: (...given) => ingest.accept(...given),
  acceptParts: (kind, form, parts) => ingest.accept(kind, form, parts.length === 1 ? parts[0]! : Buffer.concat(parts)),
  counters,
  troubles: async () => {
    const { overflows, setAside } = await ingest.counters();
    return { overflows, setAside };
  },
  setAside: () => ingest.setAside(),
  retry: (segment) => ingest.retry(segment),
  flush: () => ingest.flush(),
  listen: async (host, wanted, publicUrl) => {
    const listen = { host, publicUrl, limits, budget: byteBudget(LARGEST_BODIES * limits.max_body_bytes), log };
    const http = await startOtlpHttp(ingest, { ...listen, port: wanted.http });
    listeners = [http];
    const grpc = await startOtlpGrpc(ingest, { ...listen, port: wanted.grpc });
    listeners = [http, grpc];
    return { http: http.port, grpc: grpc.port };
  },
  stopListening: async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
  },
  cutBy: async (model, tags) => {
    tagsOf.set(model, tags);
  },
  close: async () => {
    await ingest.close();
    log.flush();
  },
});
