import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import type { ThreadCounters, Troubles } from './counters.ts';
import type { Ingest, Loaded } from './ingest.ts';
import { joinThreads } from './thread-calls.ts';

/** Heap and bodies of the thread together, in MiB, below which it is never collected whole. */
const ROOM_MIB = 128;

/** Which tags cut the rollups of each model: those of the models that have settings of their own, and those of all others. */
export interface SliceTags {
  readonly default: readonly string[];
  readonly byModel: ReadonlyMap<string, readonly string[]>;
}

/** What the thread is started with. */
export interface ThreadStart {
  /** The spool's folder. */
  readonly directory: string;
  readonly limits: Config['ingest'];
  readonly spansPastMs: number;
  readonly sliceTags: SliceTags;
  readonly logLevel: string;
}

export interface IngestThreadOptions extends Omit<ThreadStart, 'logLevel'> {
  readonly engine: Pick<Engine, 'insertBlocks'>;
  readonly log: Logger;
  /** Called after a load. */
  readonly onLoaded: (loaded: Loaded) => void;
}

export interface OtlpPorts {
  readonly http: number;
  readonly grpc: number;
}

/** What the thread answers. */
export type ThreadAnswers = IngestThread & {
  open(): Promise<void>;
};

/** The intake and the OTLP doors in a thread of their own, so that nothing else in the daemon delays an ack. */
export interface IngestThread extends Pick<Ingest, 'accept' | 'setAside' | 'retry' | 'flush' | 'close'> {
  /** Admits a body in the parts that it came in, which are gone here then: what is handed over is not copied. */
  acceptParts(
    kind: 'predictions' | 'labels',
    form: 'ndjson' | 'json',
    parts: readonly Uint8Array[],
  ): ReturnType<Ingest['accept']>;
  counters(): Promise<ThreadCounters>;
  /** The part of the counters that people should be told of. */
  troubles(): Promise<Troubles>;
  /**
   * Opens the OTLP doors.
   * @param publicUrl at which people reach the server
   * @throws when a port is taken
   */
  listen(host: string, wanted: OtlpPorts, publicUrl?: string): Promise<OtlpPorts>;
  stopListening(): Promise<void>;
  /** Tells that the rollups of a model are cut by other tags from now on. */
  cutBy(model: string, tags: readonly string[]): Promise<void>;
}

/** What the thread asks for: the embedded engine may be used from one thread only, which is not this one. */
export interface ThreadNeeds {
  insertBlocks: Engine['insertBlocks'];
  loaded(loaded: Loaded): Promise<void>;
}

/**
 * Starts the thread and takes up what an earlier life left in the spool. Should the thread fail later, that is thrown: what
 * was acked lies in the spool for the next start.
 */
export async function startIngestThread(options: IngestThreadOptions): Promise<IngestThread> {
  const { engine, onLoaded, log, ...rest } = options;
  const start: ThreadStart = { ...rest, logLevel: log.level };
  const worker = startWithRoom(start);
  const calls = joinThreads<ThreadNeeds, ThreadAnswers>(worker, {
    insertBlocks: (...given) => engine.insertBlocks(...given),
    loaded: async (loaded) => onLoaded(loaded),
  });
  let ended = false;
  const lost = (error: Error): void => {
    calls.end(error);
    if (ready && !ended) throw error;
    ended = true;
  };
  let ready = false;
  worker.on('error', lost);
  worker.on('exit', (code) => lost(new Error(`the ingest thread ended with code ${code}`)));
  await calls.call('open', []).catch(async (error: unknown) => {
    ended = true;
    await worker.terminate();
    throw error;
  });
  ready = true;
  const acceptParts: IngestThread['acceptParts'] = (kind, form, parts) => {
    const own = parts.map(ownBytes);
    return calls.call(
      'acceptParts',
      [kind, form, own],
      own.map(({ buffer }) => buffer),
    );
  };
  return {
    accept: (kind, form, body) => acceptParts(kind, form, [body]),
    acceptParts,
    counters: () => calls.call('counters', []),
    troubles: () => calls.call('troubles', []),
    setAside: () => calls.call('setAside', []),
    retry: (segment) => calls.call('retry', [segment]),
    flush: () => calls.call('flush', []),
    listen: (...given) => calls.call('listen', given),
    stopListening: () => calls.call('stopListening', []),
    cutBy: (...given) => calls.call('cutBy', given),
    close: async () => {
      await calls.call('close', []);
      ended = true;
      await worker.terminate();
    },
  };
}

/**
 * V8 counts bytes of bodies as part of a thread's heap, and marks all of it as soon as they have come to as much as the heap
 * itself, which is several times a second. It reads the flag when a thread starts; the next one has none.
 */
function startWithRoom(start: ThreadStart): Worker {
  setFlagsFromString(`--initial-old-space-size=${ROOM_MIB}`);
  const worker = new Worker(new URL(`./in-thread${extname(import.meta.url)}`, import.meta.url), { workerData: start });
  worker.once('online', () => setFlagsFromString('--initial-old-space-size=0'));
  return worker;
}

/** Bytes that may be handed to another thread: small bodies share their memory with others. */
function ownBytes(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = body.byteOffset === 0 && body.byteLength === body.buffer.byteLength;
  return whole && body.buffer instanceof ArrayBuffer ? new Uint8Array(body.buffer) : new Uint8Array(body);
}
