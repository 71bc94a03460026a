import { join, resolve } from 'node:path';
import type { Alerts } from '../alerts/alerts.ts';
import type { Parts } from '../api/parts.ts';
import type { Charge } from './charge.ts';
import type { DaemonOptions } from './compose.ts';
import { rankFindings } from './rank-findings.ts';
import { SerinError } from '../errors.ts';
import type { IngestThread } from '../ingest/ingest-thread.ts';
import { ingestMetrics } from '../ingest/ingest-metrics.ts';
import { daemonMetrics, metricsText, openMetrics } from '../metrics/metrics.ts';
import { describeModels, type ModelSummary } from '../models/describe-models.ts';
import { exportHistograms, exportRows } from '../models/export-reference.ts';
import type { ModelSettingsBook } from '../models/model-settings.ts';
import type { ModelViews } from '../models/model-views.ts';
import { judgedAgainst, type References, type TakenReference } from '../models/references.ts';
import type { Uploads } from '../models/uploads.ts';
import { nearestName } from '../nearest-name.ts';
import type { Retrainings } from '../retrain/retraining.ts';
import { openRequestCounts } from '../metrics/request-counts.ts';
import type { DriftImpacts } from '../rollout/drift-impacts.ts';
import type { LiveShadows } from '../rollout/live-shadows.ts';
import type { Replays } from '../rollout/replays.ts';
import type { Rollouts } from '../rollout/rollouts.ts';
import type { Versions } from '../rollout/versions.ts';
import type { Findings } from '../store/findings.ts';
import type { Store } from '../store/store.ts';
import { readStored, readVersions } from '../store/traffic.ts';
import type { Ticker } from '../ticker.ts';

/** The opened rooms. */
export interface Rooms extends DaemonOptions {
  readonly store: Store;
  readonly book: ModelSettingsBook;
  readonly references: References;
  readonly uploads: Uploads;
  readonly findings: Findings;
  readonly views: ModelViews;
  readonly versions: Versions;
  readonly replays: Replays;
  readonly shadows: LiveShadows;
  readonly impacts: DriftImpacts;
  readonly rollouts: Rollouts;
  readonly retrainings: Retrainings;
  readonly alerts: Alerts;
  readonly charge: Charge;
  readonly ingest: IngestThread;
  readonly ticker: Ticker;
}

/** The rooms in the form that the API asks for. */
export function joinParts(rooms: Rooms): Parts {
  const { config, store, ingest, alerts, retrainings, replays, rollouts, findings, charge } = rooms;
  const models = joinModels(rooms);
  const requireModel = async (model: string): Promise<void> => {
    if (!(await isKnown(rooms, model))) await models.get(model);
  };
  return {
    ingest: {
      accept: (kind, form, parts) => ingest.acceptParts(kind, form, parts),
      maxBodyBytes: config.ingest.max_body_bytes,
      maxConnections: config.ingest.max_connections,
      setAside: () => ingest.setAside(),
      retry: (segment) => ingest.retry(segment),
    },
    models: {
      ...models,
      distribution: async (model, query) => {
        await requireModel(model);
        return models.distribution(model, query);
      },
      shift: async (model, query) => {
        await requireModel(model);
        return models.shift(model, query);
      },
      series: async (model, query) => {
        await requireModel(model);
        return models.series(model, query);
      },
      operations: async (model, window) => {
        await requireModel(model);
        return models.operations(model, window);
      },
    },
    references: joinReferences(rooms, requireModel),
    findings: {
      list: async (query) => rankFindings(await findings.list(query), (finding) => rooms.impacts.of(finding)),
      evaluate: async ({ reference, ...request }) => {
        await requireModel(request.model);
        const against =
          'id' in reference ? judgedAgainst(await rooms.references.get(request.model, reference.id)) : reference;
        return charge.watch.evaluate({ ...request, reference: against });
      },
    },
    alerts,
    replays: {
      get: (id) => replays.get(id),
      list: (model) => replays.list(model),
      cancel: (id) => replays.cancel(id),
      start: async (request) => {
        await requireModel(request.model);
        return replays.start(request);
      },
    },
    shadows: rooms.shadows,
    rollouts: {
      open: async (request) => {
        await requireModel(request.model);
        return rollouts.open(request);
      },
      get: (id) => rollouts.get(id),
      list: (model) => rollouts.list(model),
      verdict: (id) => rollouts.verdict(id),
      decisions: (...query) => rollouts.decisions(...query),
      advance: (id, from) => rollouts.advance(id, from),
      end: (id, request) => rollouts.end(id, request),
      weigh: (id, weight) => rollouts.weigh(id, weight),
      start: (id, decision) => rollouts.start(id, decision),
      recompute: (id, decision) => rollouts.recompute(id, decision),
    },
    retrainings: {
      ...retrainings,
      start: async (model, reason) => {
        await requireModel(model);
        return retrainings.start(model, reason);
      },
    },
    health: joinHealth(rooms, store),
  };
}

/** Whether a model has settings, an artifact or traffic; cheaper than describing it. */
async function isKnown({ book, versions, store, clock }: Rooms, model: string): Promise<boolean> {
  if (book.known().includes(model) || (await versions.list(model)).length > 0) return true;
  return (await readVersions(store.reader, clock.now(), model)).length > 0;
}

function joinModels(rooms: Rooms): Parts['models'] {
  const { store, book, references, findings, views, versions, alerts, charge, clock } = rooms;
  const describe = (only?: string): Promise<ModelSummary[]> =>
    describeModels(
      {
        reader: store.reader,
        book,
        references,
        findings,
        registered: (model) => versions.list(model),
        openAlerts: async () => [...(await alerts.list('pending')), ...(await alerts.list('firing'))],
        allowedPages: charge.watch.allowedPages,
        clock,
      },
      only,
    );
  const get = async (model: string): Promise<ModelSummary> => {
    const [found] = await describe(model);
    if (found !== undefined) return found;
    const nearest = nearestName(
      model,
      (await describe()).map((known) => known.model),
    );
    const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    throw new SerinError('unknown_model', `there is no model "${model}"${hint}`, { field: 'model' });
  };
  return {
    list: () => describe(),
    get,
    change: async (model, settings) => {
      await book.change(model, settings);
      return get(model);
    },
    useReference: async (model, id) => {
      await get(model);
      await references.use(await references.get(model, id));
      return get(model);
    },
    pinReference: async (model, reference) => {
      await get(model);
      await references.pin(model, reference, clock.now());
      return get(model);
    },
    distribution: views.distribution,
    shift: views.shift,
    series: views.series,
    operations: views.operations,
    traces: views.traces,
    trace: views.trace,
    register: (model, registration) => versions.register(model, registration),
  };
}

function joinReferences(
  { references, uploads, clock, store, directory, config }: Rooms,
  requireModel: (model: string) => Promise<void>,
): Parts['references'] {
  const exporting = {
    bulk: store.bulk,
    reader: store.reader,
    folder: join(resolve(directory), 'uploads'),
    maxRows: config.references.max_rows,
    clock,
  };
  const known = async (model: string, id: string): Promise<TakenReference> => {
    await requireModel(model);
    return references.get(model, id);
  };
  const found = async (model: string, taken: TakenReference) => ({
    ...taken,
    inUse: (await references.of(model, clock.now()))?.id === taken.id,
  });
  return {
    async upload(model, upload) {
      await requireModel(model);
      return found(model, await uploads.take(model, upload));
    },
    async list(model) {
      await requireModel(model);
      const current = await references.of(model, clock.now());
      return (await references.list(model)).map((taken) => ({ ...taken, inUse: taken.id === current?.id }));
    },
    get: async (model, id) => found(model, await known(model, id)),
    rows: async (model, id) => exportRows(exporting, await known(model, id)),
    histograms: async (model, id) => exportHistograms(exporting, await known(model, id)),
  };
}

function joinHealth(rooms: Rooms, store: Store): Parts['health'] {
  const { ingest, alerts, config, clock } = rooms;
  const startedAt = clock.now();
  const requests = openRequestCounts();
  const metrics = openMetrics(async () => {
    const open = { pending: (await alerts.list('pending')).length, firing: (await alerts.list('firing')).length };
    const { version, charge } = rooms;
    const shadows = rooms.shadows.readings();
    const turns = rooms.ticker.turns();
    const [inCharge, lateWindows] = [charge.held(), charge.watch.waiting()];
    const readings = { version, alerts: open, inCharge, lateWindows, turns, requests: requests.read(), shadows };
    return metricsText(daemonMetrics, readings) + metricsText(ingestMetrics, await ingest.counters());
  });
  return {
    notReady: async () => {
      try {
        await store.ping();
        return [];
      } catch (error) {
        return [`the store does not answer: ${(error as Error).message}`];
      }
    },
    metrics: () => metrics.text(),
    answered: requests.count,
    status: async () => ({
      version: rooms.version,
      uptimeSeconds: (clock.now() - startedAt) / 1000,
      simulated: config.simulated,
      engine: store.embedded ? 'embedded' : 'server',
      inCharge: rooms.charge.held(),
      ingest: await ingest.counters(),
      stored: await readStored(store.reader),
    }),
  };
}
