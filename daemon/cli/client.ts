import { createWriteStream, openAsBlob } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type {
  Alert,
  AlertDetail,
  Decision,
  ErrorBody,
  Finding,
  Model,
  Recomputed,
  Replay,
  RetriedAnswer,
  Retraining,
  Rollout,
  SetAsideSegment,
  Shift,
  Snapshot,
  Status,
  TakenReference,
  VerdictAnswer,
  Version,
} from '../api/contract.ts';
import { CommandFault } from './fault.ts';

/** Where the API is when nobody says otherwise. */
export const DEFAULT_URL = 'http://127.0.0.1:7374';

/** Answers of the API by path; a path that takes parameters is typed by its shape. */
export interface ApiClient {
  readonly url: string;
  status(): Promise<Status>;
  /** Empty when ready, else the reasons. */
  notReady(): Promise<readonly string[]>;
  models(): Promise<Model[]>;
  model(model: string): Promise<Model>;
  pinReference(
    model: string,
    reference: { readonly version?: string; readonly from: string; readonly to: string },
  ): Promise<Model>;
  /** Sends a file as it is read from the disk. */
  uploadReference(model: string, file: string, query: Readonly<Record<string, string>>): Promise<TakenReference>;
  references(model: string): Promise<TakenReference[]>;
  useReference(model: string, id: string): Promise<Model>;
  /** Writes what a reference holds to a new file. @throws also when the file is there already */
  exportReference(model: string, id: string, what: 'rows' | 'histograms', file: string): Promise<void>;
  registerVersion(model: string, registration: object): Promise<Version>;
  shift(model: string, query: Readonly<Record<string, string>>): Promise<Shift>;
  findings(query: Readonly<Record<string, string>>): Promise<Finding[]>;
  evaluate(request: object): Promise<Evaluation>;
  alerts(): Promise<Alert[]>;
  alert(id: string): Promise<AlertDetail>;
  acknowledge(id: string, by: string): Promise<Alert>;
  startReplay(request: object): Promise<{ readonly id: string }>;
  replay(id: string): Promise<Replay>;
  cancelReplay(id: string): Promise<Replay>;
  replays(model?: string): Promise<Replay[]>;
  openRollout(request: object): Promise<Rollout>;
  rollouts(model?: string): Promise<Rollout[]>;
  verdict(rollout: string): Promise<VerdictAnswer>;
  decisions(rollout: string): Promise<Decision[]>;
  recomputed(rollout: string, decision: string): Promise<Recomputed>;
  advance(rollout: string, from: number): Promise<Rollout>;
  endRollout(
    rollout: string,
    request: { readonly verdict: 'rollback' | 'inconclusive'; readonly by: string; readonly reason: string },
  ): Promise<Rollout>;
  retrainings(model?: string): Promise<Retraining[]>;
  startRetraining(model: string, reason: string): Promise<Retraining>;
  snapshot(id: string): Promise<Snapshot>;
  setAside(): Promise<SetAsideSegment[]>;
  retrySetAside(segment: string): Promise<RetriedAnswer>;
}

/** Answer to `POST /v1/evaluations`. */
export interface Evaluation {
  readonly windows: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly findings: readonly Finding[];
  }[];
}

/**
 * A client of the API of a running daemon.
 * Every method rejects with a `CommandFault`: what the API said with its hint, or how to start a daemon that is not there.
 */
export function openClient(url: string): ApiClient {
  const base = url.replace(/\/+$/, '');
  const get = <Answer>(path: string, query: Readonly<Record<string, string>> = {}) =>
    request<Answer>(base, 'GET', `${path}${queryText(query)}`);
  const post = <Answer>(path: string, body: object) => request<Answer>(base, 'POST', path, body);
  return {
    url: base,
    status: () => get('/v1/status'),
    notReady: () => readReasons(base),
    models: async () => (await get<{ models: Model[] }>('/v1/models')).models,
    model: (model) => get(`/v1/models/${encodeURIComponent(model)}`),
    pinReference: (model, reference) =>
      request(base, 'PUT', `/v1/models/${encodeURIComponent(model)}/reference`, reference),
    uploadReference: async (model, file, query) =>
      read(base, `/v1/models/${encodeURIComponent(model)}/references${queryText(query)}`, {
        method: 'POST',
        body: await openAsBlob(file),
        headers: { 'content-type': 'application/octet-stream' },
      }),
    references: async (model) =>
      (await get<{ references: TakenReference[] }>(`/v1/models/${encodeURIComponent(model)}/references`)).references,
    exportReference: async (model, id, what, file) => {
      const path = `/v1/models/${encodeURIComponent(model)}/references/${encodeURIComponent(id)}/${what}`;
      const answer = await reach(base, path, {});
      if (!answer.ok || answer.body === null) throw refusal(answer.status, await answer.text(), base, path);
      await pipeline(answer.body, createWriteStream(file, { flags: 'wx' }));
    },
    useReference: (model, id) => request(base, 'PUT', `/v1/models/${encodeURIComponent(model)}/reference`, { id }),
    registerVersion: (model, registration) => post(`/v1/models/${encodeURIComponent(model)}/versions`, registration),
    findings: async (query) => (await get<{ findings: Finding[] }>('/v1/findings', query)).findings,
    shift: (model, query) => get(`/v1/models/${encodeURIComponent(model)}/shift`, query),
    evaluate: (body) => post('/v1/evaluations', body),
    alerts: async () => (await get<{ alerts: Alert[] }>('/v1/alerts')).alerts,
    alert: (id) => get(`/v1/alerts/${encodeURIComponent(id)}`),
    acknowledge: (id, by) => post(`/v1/alerts/${encodeURIComponent(id)}/ack`, { by }),
    startReplay: (body) => post('/v1/replays', body),
    replay: (id) => get(`/v1/replays/${encodeURIComponent(id)}`),
    cancelReplay: (id) => request(base, 'DELETE', `/v1/replays/${encodeURIComponent(id)}`),
    replays: async (model) => (await get<{ replays: Replay[] }>('/v1/replays', ofModel(model))).replays,
    openRollout: (body) => post('/v1/rollouts', body),
    rollouts: async (model) => (await get<{ rollouts: Rollout[] }>('/v1/rollouts', ofModel(model))).rollouts,
    verdict: (rollout) => get(`/v1/rollouts/${encodeURIComponent(rollout)}/verdict`),
    decisions: async (rollout) =>
      (await get<{ decisions: Decision[] }>(`/v1/rollouts/${encodeURIComponent(rollout)}/decisions`)).decisions,
    recomputed: (rollout, decision) =>
      get(`/v1/rollouts/${encodeURIComponent(rollout)}/decisions/${encodeURIComponent(decision)}/recomputed`),
    advance: (rollout, from) => post(`/v1/rollouts/${encodeURIComponent(rollout)}/advance`, { from }),
    endRollout: (rollout, body) => post(`/v1/rollouts/${encodeURIComponent(rollout)}/end`, body),
    retrainings: async (model) =>
      (await get<{ retrainings: Retraining[] }>('/v1/retrainings', ofModel(model))).retrainings,
    startRetraining: (model, reason) => post('/v1/retrainings', { model, reason }),
    snapshot: (id) => get(`/v1/snapshots/${encodeURIComponent(id)}`),
    setAside: async () => (await get<{ segments: SetAsideSegment[] }>('/v1/ingest/set-aside')).segments,
    retrySetAside: (segment) => post(`/v1/ingest/set-aside/${encodeURIComponent(segment)}/retry`, {}),
  };
}

function request<Answer>(base: string, method: string, path: string, body?: object): Promise<Answer> {
  return read(base, path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function read<Answer>(base: string, path: string, init: RequestInit): Promise<Answer> {
  const answer = await reach(base, path, init);
  const text = await answer.text();
  if (answer.ok) return parse(text, base, path) as Answer;
  throw refusal(answer.status, text, base, path);
}

async function readReasons(base: string): Promise<readonly string[]> {
  const answer = await reach(base, '/readyz', {});
  const text = await answer.text();
  if (answer.ok) return [];
  const reasons = (parse(text, base, '/readyz') as { reasons?: string[] }).reasons;
  return reasons ?? [`/readyz answered ${answer.status}`];
}

async function reach(base: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${base}${path}`, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CommandFault(`no daemon answers at ${base} (${cause})`, {
      hint: 'Start one with "serin start", or name its address with --url or SERIN_URL.',
      passing: true,
      cause: error,
    });
  }
}

function refusal(status: number, text: string, base: string, path: string): CommandFault {
  let error: ErrorBody['error'] | undefined;
  try {
    error = (JSON.parse(text) as Partial<ErrorBody>).error;
  } catch {
    error = undefined;
  }
  if (error === undefined) return new CommandFault(`${base}${path} answered ${status}, which is no answer of Serin`);
  const field = error.field === undefined ? '' : ` (${error.field})`;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new CommandFault(`${error.message}${field} [${error.code}]`, {
    ...hint,
    passing: status === 503 || status === 429,
  });
}

function parse(text: string, base: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandFault(`${base}${path} did not answer with JSON; is this the API of Serin?`, { cause: error });
  }
}

function ofModel(model: string | undefined): Readonly<Record<string, string>> {
  return model === undefined ? {} : { model };
}

function queryText(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}
