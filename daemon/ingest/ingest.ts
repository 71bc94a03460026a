import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import type { SerinError } from '../errors.ts';
import type { Counters } from './counters.ts';
import type { Door } from './doors/doors.ts';
import { Intake } from './intake.ts';
import { RecordScanner } from './decode/record-scanner.ts';
import { SpanReader } from './decode/span-reader.ts';
import { KnownFeatures } from './rollups/known-features.ts';
import { KnownSources } from './records/known-sources.ts';
import { KnownOperations } from './rollups/known-operations.ts';
import { Loader } from './load/loader.ts';
import { Memory } from './spool/memory.ts';
import { rebuildBlock } from './spool/rebuild-block.ts';
import { recover } from './spool/recover.ts';
import { Sealing } from './spool/sealing.ts';
import type { Outcome, Surroundings } from './spool/segment.ts';
import type { Retried, SetAside } from './load/set-aside.ts';
import type { Taking } from './take-body.ts';
import { SpareColumns } from './records/spare-columns.ts';
import { Tally } from './tally.ts';

export interface IngestOptions {
  readonly engine: Pick<Engine, 'insertBlocks'>;
  /** The spool's folder. */
  readonly directory: string;
  readonly limits: Config['ingest'];
  /** The tags by which the rollups of a model are cut, from its settings. */
  readonly sliceTags: (model: string) => readonly string[];
  /** How long the store keeps spans: older ones are refused, not acked and forgotten. Without it `limits.past` counts. */
  readonly spansPastMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after a load. */
  readonly onLoaded?: (loaded: Loaded) => void;
}

/** What a load brought: the stretch touched of each model, and how many labels and spans. */
export interface Loaded {
  readonly models: ReadonlyMap<string, Window>;
  readonly labels: number;
  readonly spans: number;
}

/** Answer to a body of predictions or labels: one entry of `errors` a refused line, the first 100 of them. */
export interface Admission {
  readonly accepted: number;
  readonly rejected: number;
  readonly errors: readonly {
    readonly line: number;
    readonly field: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

/** Answer to an OTLP request; `message` says why records were refused, or warns, and is empty otherwise. */
export interface OtlpAnswer {
  readonly accepted: number;
  readonly rejected: number;
  readonly message: string;
}

/** Hears how a body was answered, once, and does not throw. */
export type Answered = (answer: Outcome | SerinError) => void;

export interface Ingest {
  /**
   * Admits a body, after decompression; resolves once it is durable.
   * @throws SerinError `invalid_request`, `full`, `not_durable` or `unavailable`
   */
  accept(kind: 'predictions' | 'labels', form: 'ndjson' | 'json', body: Uint8Array): Promise<Admission>;
  /** Admits an OTLP request, after decompression; throws as `accept` does. */
  acceptOtlp(signal: 'traces' | 'logs', form: 'protobuf' | 'json', body: Uint8Array): Promise<OtlpAnswer>;
  /** Admits a body without a promise of its own: for doors that many small ones come through. May answer before it returns. */
  take(door: Door, body: Uint8Array, answered: Answered): void;
  counters(): Promise<Counters>;
  /** Segments that the store refused too often, oldest first. */
  setAside(): Promise<SetAside[]>;
  /**
   * Loads a segment that was set aside once more.
   * @throws SerinError `unknown_id`, `conflict` while it is being loaded, or `unavailable` while the store is away
   */
  retry(segment: string): Promise<Retried>;
  /** Resolves when everything spooled is in the store. */
  flush(): Promise<void>;
  /** Stops taking, loads what it can, closes. What the store did not take stays in the spool for the next start. */
  close(): Promise<void>;
}

/** Opens the intake: takes up what an earlier life left in the spool, then takes bodies. */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { directory, limits, clock, log, sliceTags } = options;
  await mkdir(directory, { recursive: true });
  const memory = await Memory.open(directory, limits.remember);
  const tally = new Tally();
  const known = await KnownFeatures.open(directory, limits.max_versions, tally.overflows);
  const rollups = {
    maxSlices: limits.max_slices,
    maxCategories: limits.max_categories,
    maxFeatures: limits.max_features,
  };
  const operations = new KnownOperations(
    { maxServices: limits.max_services, maxOperations: limits.max_operations },
    tally.overflows,
  );
  const surroundings: Surroundings = {
    rollups,
    known,
    operations,
    spare: new SpareColumns(),
    scanner: new RecordScanner(),
    spanReader: new SpanReader(),
    sliceTags,
  };
  const sources = await KnownSources.open(directory, limits.max_sources);
  const spansPastMs = Math.min(limits.past, options.spansPastMs ?? Infinity);
  const taking: Taking = { limits, spansPastMs, ids: memory.ids, fingerprint: memory.fingerprint, sources, tally };
  const loader: Loader = new Loader({
    engine: options.engine,
    directory,
    tries: limits.load_tries,
    clock,
    log,
    tally,
    rebuild: (sealed, table) => rebuildBlock(sealed, table, { directory, surroundings, taking, log }),
    loaded: (sealed) => {
      sealing.gone(sealed.name);
      options.onLoaded?.({
        models: new Map(sealed.models.map(([model, from, to]) => [model, { from, to }])),
        labels: sealed.labels,
        spans: sealed.spans,
      });
    },
    setAside: (sealed) => sealing.setAside(sealed.name),
  });
  const sealing = new Sealing({ directory, known, sources, memory, loader, tally, log });
  const lastNumber = await recover({ directory, now: clock.now(), memory, surroundings, taking, sealing, log });
  return new Intake({ options, memory, surroundings, sources, taking, sealing, loader, lastNumber });
}
