import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { openScoringThreads } from '../../shadow/scoring-threads.ts';
import type { ModelRecord } from '../../detectors/terms.ts';
import { openAfterRetraining } from './after-retraining.ts';
import { openAlerts, type Alerts } from '../alerts/alerts.ts';
import { startApi } from '../api/server.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { distributionsBehind } from './distributions-behind.ts';
import { freePort } from '../http/free-port.ts';
import { ingestFindings } from './ingest-findings.ts';
import { startIngestThread } from '../ingest/ingest-thread.ts';
import { joinParts } from './join-parts.ts';
import { shadowTurns } from './shadow-turns.ts';
import { startFreezing } from '../models/freeze-references.ts';
import { openModelSettings } from '../models/model-settings.ts';
import { openModelViews } from '../models/model-views.ts';
import { openReferences, type TakenReference } from '../models/references.ts';
import { openUploads } from '../models/uploads.ts';
import { qualityFailures } from './quality-failures.ts';
import { openRetraining, type Retrainings } from '../retrain/retraining.ts';
import { openDriftImpacts } from '../rollout/drift-impacts.ts';
import { openLiveShadows } from '../rollout/live-shadows.ts';
import { openReplays, type Replays } from '../rollout/replays.ts';
import { openRollouts } from '../rollout/rollouts.ts';
import { openVersions } from '../rollout/versions.ts';
import { openFindings } from '../store/findings.ts';
import { openStore } from '../store/store.ts';
import { busiestVersion, hasVersion } from './versions-seen.ts';
import { startTicker } from '../ticker.ts';
import { openCharge, type Charge } from './charge.ts';

const DAY = 86_400_000;

export interface DaemonOptions {
  readonly config: Config;
  /** Where the store, the spool, the models and the snapshots live. */
  readonly directory: string;
  /** Folder of the built dashboard. */
  readonly dashboard: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Daemon {
  /** Address of the API and the dashboard. */
  readonly url: string;
  readonly otlpHttp: string;
  /** `host:port`. */
  readonly otlpGrpc: string;
  /** Stops taking, makes everything acked safe, closes. */
  close(): Promise<void>;
}

/**
 * Joins the rooms into a running daemon: the only place that knows them all. From the inside out: store, models,
 * shadow and gate, retraining, alerts, watch, ingest, API.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, clock, log } = options;
  const { host } = config.listen;
  const directory = resolve(options.directory);
  const port = config.listen.api === 0 ? await freePort(host) : config.listen.api;
  const publicUrl = (config.listen.public_url ?? `http://${host}:${port}`).replace(/\/$/, '');
  const store = await openStore(config.store, directory);

  const book = await openModelSettings(config.models, store.documents<ModelRecord>('models'));
  const references = openReferences(store.watcher, book, store.documents<TakenReference>('references'));
  const uploads = await openUploads({
    engine: store.bulk,
    embedded: store.embedded,
    book,
    references,
    folder: join(directory, 'uploads'),
    limits: config.references,
    clock,
  });
  const findings = openFindings(store.writer, store.reader);
  const views = openModelViews({ reader: store.reader, book, references, clock });

  const versions = openVersions({
    store,
    directory: resolve(directory, config.models.directory),
    clock,
    backend: config.replays.backend,
    timeoutMs: config.replays.timeout,
    memoryMb: config.replays.memory,
    threshold: (model) => book.of(model).threshold,
    kind: (model) => book.of(model).kind,
  });
  const rollouts = openRollouts({
    store,
    settings: config.rollouts,
    folder: join(directory, 'rollbacks'),
    modelSettings: book.of,
    hasVersion: (model, version) => hasVersion(versions, store.reader, model, version),
    openQualityFailures: (model) => qualityFailures(alerts, model),
    clock,
    log,
  });
  const afterRetraining = openAfterRetraining({
    startReplay: (request) => replays.start(request),
    openRollout: (request) => rollouts.open(request),
    rolloutsOf: (model) => rollouts.list(model),
    retrainingsOf: (model) => retrainings.list(model),
    controlOf: (model) => busiestVersion(store.reader, clock.now() - DAY, model),
    lookbackMs: config.retraining.lookback,
    clock,
    log,
  });
  const heard = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => log.error({ err: error }, 'what should follow by itself did not'));
  };
  const threads = openScoringThreads();
  const scoring = { store, threads, settings: config.replays, modelSettings: book.of, clock, log };
  const replays: Replays = await openReplays({
    ...scoring,
    versions,
    onDone: (replay) => heard(afterRetraining.replayed(replay)),
  });
  const shadows = await openLiveShadows({
    store,
    versions,
    threads,
    replays: config.replays,
    settings: config.shadows,
    openRollouts: async () => (await rollouts.list()).filter(({ state }) => state === 'open'),
    knownModels: book.known,
    modelSettings: book.of,
    clock,
    log,
  });
  const retrainings: Retrainings = await openRetraining({
    store,
    settings: config.retraining,
    directory,
    clock,
    log,
    callbackUrl: (id) => `${publicUrl}/v1/retrainings/${id}`,
    modelSettings: book.of,
    register: (model, registration) => versions.register(model, registration),
    onCompleted: (retraining) => {
      if (config.retraining.shadow) heard(afterRetraining.completed(retraining));
    },
  });
  const impacts = await openDriftImpacts(scoring);
  const alerts: Alerts = await openAlerts({
    store,
    settings: config.alerts,
    publicUrl,
    simulated: config.simulated,
    clock,
    log,
    picture: (finding) => distributionsBehind(findings, finding.id),
    impactOf: (finding) => impacts.of(finding),
    maySend: () => charge.held(),
    onChange: (alert) => {
      if (alert.state === 'firing') heard(retrainings.consider(alert));
    },
  });
  const charge: Charge = await openCharge({
    store,
    leaseMs: config.store.lease,
    watch: {
      engine: store.watcher,
      findings,
      settings: config.watch,
      settingsOf: book.of,
      references,
      observe: async (found) => {
        impacts.consider(found);
        await alerts.observe(found);
      },
      follows: (model) => alerts.follows(model),
    },
    takeUp: () => replays.resume(),
    clock,
    log,
  });
  const ingest = await startIngestThread({
    engine: store.loader,
    directory: join(directory, 'spool'),
    limits: config.ingest,
    spansPastMs: config.store.spans_days * DAY,
    sliceTags: {
      default: config.models.defaults.slices,
      byModel: new Map(book.known().map((model) => [model, book.of(model).slices])),
    },
    log,
    onLoaded: (loaded) => heard(charge.loaded(loaded)),
  });
  book.onChange((model) => heard(ingest.cutBy(model, book.of(model).slices)));

  const ticker = startTicker(
    config.watch.tick,
    async () => {
      if (!store.embedded) await book.reload();
      await charge.turn([
        () => charge.watch.tick(),
        async () => void (await alerts.observe(ingestFindings(await ingest.troubles(), clock.now()))),
        () => alerts.deliver(),
        () => retrainings.tick(),
        () => rollouts.tick(),
      ]);
    },
    log,
  );
  const { max_rows: maxRows } = config.references;
  const freezing = startFreezing({ engine: store.bulk, book, references, maxRows, clock, log }, charge.held);
  const shadowing = startTicker(config.shadows.tick, shadowTurns(shadows, charge), log);
  const close = async (): Promise<void> => {
    await ticker.stop();
    await Promise.all([freezing.stop(), shadowing.stop()]);
    await ingest.close();
    await Promise.all([replays.close(), shadows.close(), retrainings.close(), alerts.close(), impacts.close()]);
    await Promise.all([threads.close(), charge.close()]);
    await store.close();
  };

  const listeners: { close(): Promise<void> }[] = [];
  try {
    const parts = joinParts({
      ...options,
      store,
      book,
      references,
      uploads,
      findings,
      views,
      versions,
      replays,
      shadows,
      impacts,
      rollouts,
      retrainings,
      alerts,
      charge,
      ingest,
      ticker,
    });
    const api = await startApi({ ...options, parts, host, port, publicUrl });
    listeners.push(api);
    listeners.push({ close: () => ingest.stopListening() });
    const { otlp_http: http, otlp_grpc: grpc } = config.listen;
    const otlp = await ingest.listen(host, { http, grpc }, publicUrl);
    if (store.embedded) await replays.resume();
    return {
      url: `http://${host}:${api.port}`,
      otlpHttp: `http://${host}:${otlp.http}`,
      otlpGrpc: `${host}:${otlp.grpc}`,
      close: async () => {
        await Promise.all(listeners.map((listener) => listener.close()));
        await close();
      },
    };
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    await close();
    throw error;
  }
}
