import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultConfig, type Config } from '../../daemon/config/config.ts';
import { openStore, type Store } from '../../daemon/store/store.ts';
import { span, traces } from './protobuf.ts';
import { lines } from './temporary-ingest.ts';
import { RUN_TYPESCRIPT } from './run-typescript.ts';

const ENTRY = fileURLToPath(new URL('./ingest-process.ts', import.meta.url));
const MEDDLER = new URL('./meddle-with-files.ts', import.meta.url).href;
/** Of each kind a body. */
const RECORDS = 20;

interface Running {
  readonly process: ChildProcess;
  readonly port: number;
  readonly otlp: number;
  readonly died: Promise<unknown>;
}

export interface Acked {
  predictions: number;
  labels: number;
  spans: number;
}

/**
 * An intake in a process of its own, in front of a real embedded store, that is killed and started again, and clients that
 * send each body again until it is acked, whatever happens meanwhile. The store dies with it, or is lent to it by this
 * process, which makes a death cost a third.
 */
export class KilledIngest {
  readonly acked: Acked = { predictions: 0, labels: 0, spans: 0 };
  resent = 0;
  /** After which operation on a file of the spool it died, where it was told to. */
  readonly diedAfter: Record<string, number> = {};
  readonly #directory: string;
  readonly #limits: Partial<Config['ingest']>;
  readonly #lent: Store | undefined;
  #running: Running | undefined;

  constructor(directory: string, limits: Partial<Config['ingest']> = {}, lent?: Store) {
    this.#directory = directory;
    this.#limits = limits;
    this.#lent = lent;
  }

  /** @param dieAfter ends the process right after this operation on a file of the spool, counted from 1 */
  async start(dieAfter?: number): Promise<void> {
    const dying = dieAfter === undefined ? [] : ['--import', MEDDLER];
    const env =
      dieAfter === undefined
        ? process.env
        : { ...process.env, DIE_UNDER: `${this.#directory}/spool`, DIE_AFTER: String(dieAfter) };
    const given = [ENTRY, this.#directory, JSON.stringify(this.#limits)];
    const child = spawn(process.execPath, [...RUN_TYPESCRIPT, ...dying, ...given], {
      stdio: ['ignore', 'pipe', 'inherit', ...(this.#lent === undefined ? [] : ['ipc' as const])],
      serialization: 'advanced',
      env,
    });
    if (this.#lent !== undefined) lend(this.#lent, child);
    const died = once(child, 'exit');
    const ports = await new Promise<{ port: number; otlp: number } | undefined>((resolve) => {
      createInterface(child.stdout!).on('line', (line) => {
        const told = JSON.parse(line) as { port: number; otlp: number; diedAfter?: string };
        if (told.diedAfter === undefined) resolve(told);
        else this.diedAfter[told.diedAfter] = (this.diedAfter[told.diedAfter] ?? 0) + 1;
      });
      void died.then(() => resolve(undefined));
    });
    this.#running = { process: child, port: ports?.port ?? 0, otlp: ports?.otlp ?? 0, died };
  }

  /** Resolves when the process is gone, or the time is over. */
  async dead(withinMs: number): Promise<boolean> {
    return Promise.race([this.#running!.died.then(() => true), pause(withinMs, false)]);
  }

  async kill(): Promise<void> {
    this.#running!.process.kill('SIGKILL');
    await this.#running!.died;
  }

  /** Ends it in order. @returns the exit code */
  async end(): Promise<number> {
    this.#running!.process.kill('SIGTERM');
    const [code] = (await this.#running!.died) as [number];
    return code;
  }

  /** One body of each kind after the other until told to stop. @param pauseMs between three and three */
  async client(name: string, stop: AbortSignal, pauseMs = 0): Promise<void> {
    for (let batch = 0; !stop.aborted; batch++) {
      await this.deliverAll(`c${name}-b${batch}`);
      if (pauseMs > 0) await pause(pauseMs);
    }
  }

  /** Resolves when the store has all of the spool. */
  async loaded(): Promise<void> {
    const holdsAny = async (): Promise<boolean> =>
      (await readdir(`${this.#directory}/spool`)).some((file) => file.endsWith('.spool'));
    while (await holdsAny()) await pause(100);
  }

  async deliverAll(prefix: string): Promise<void> {
    const ids = Array.from({ length: RECORDS }, (_, n) => `${prefix}-${n}`);
    const at = Date.now();
    const predictions = ids.map((id, n) => ({
      prediction_id: id,
      model: 'fraud',
      version: 'v1',
      // Three months, so three partitions an insert.
      timestamp: at - (n % 3) * 31 * 86_400_000,
      features: { amount: n },
      score: n / RECORDS,
      tags: { region: n % 2 === 0 ? 'EU' : 'US' },
    }));
    await this.#deliver('/predictions', 'application/x-ndjson', lines(predictions));
    this.acked.predictions += RECORDS;
    const labels = ids.map((id) => ({ prediction_id: id, label: 1, timestamp: at }));
    await this.#deliver('/labels', 'application/x-ndjson', lines(labels));
    this.acked.labels += RECORDS;
    await this.#deliver('/v1/traces', 'application/x-protobuf', traces(prefix, ...ids.map(() => span(at))));
    this.acked.spans += RECORDS;
  }

  /** Counts what is in the store, in every way in which it must be the same. The process must have ended. */
  async stored(): Promise<unknown> {
    const store = this.#lent ?? (await openStore(defaultConfig().store, this.#directory));
    const [counts] = await store.watcher.rows(
      `SELECT (SELECT count() FROM {database}.predictions) AS predictions,
              (SELECT uniqExact(prediction_id) FROM {database}.predictions) AS prediction_ids,
              (SELECT sum(count) FROM {database}.prediction_minutes WHERE kind = 'score' AND slice = 'all') AS counted,
              (SELECT sum(count) FROM {database}.prediction_minutes WHERE kind = 'score' AND slice != 'all') AS sliced,
              (SELECT sum(arraySum(mapValues(numbers))) FROM {database}.prediction_minutes WHERE name = 'amount' AND slice = 'all') AS amounts,
              (SELECT count() FROM {database}.labels) AS labels,
              (SELECT uniqExact(prediction_id) FROM {database}.labels) AS labelled,
              (SELECT count() FROM {database}.otel_traces) AS spans,
              (SELECT uniqExact(SpanId) FROM {database}.otel_traces) AS span_ids,
              (SELECT sum(count) FROM {database}.span_minutes) AS counted_spans`,
    );
    if (this.#lent === undefined) await store.close();
    return counts;
  }

  /** What `stored` must say. */
  expected(): unknown {
    const { predictions, labels, spans } = this.acked;
    return {
      predictions,
      prediction_ids: predictions,
      counted: predictions,
      sliced: predictions,
      amounts: predictions,
      labels,
      labelled: labels,
      spans,
      span_ids: spans,
      counted_spans: spans,
    };
  }

  async #deliver(path: string, type: string, body: Buffer): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) this.resent++;
      try {
        const port = path === '/v1/traces' ? this.#running?.otlp : this.#running?.port;
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
          method: 'POST',
          headers: { 'content-type': type },
          body: new Uint8Array(body),
        });
        await answer.arrayBuffer();
        if (answer.status === 200) return;
      } catch {
        // Killed in mid-request: whether it was taken is not known here.
      }
      await pause(20);
    }
  }
}

/** Inserts what a process asks for. One that is gone hears no answer, as after a cut. */
function lend(store: Store, child: ChildProcess): void {
  const answer = (message: object): void => void child.send(message, () => undefined);
  child.on('message', ({ id, given }: { id: number; given: Parameters<Store['loader']['insertBlocks']> }) => {
    store.loader.insertBlocks(...given).then(
      () => answer({ id }),
      (error: unknown) => answer({ id, failed: String(error) }),
    );
  });
}
