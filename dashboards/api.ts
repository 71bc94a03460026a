import type {
  Alert,
  AlertDetail,
  Decision,
  Distribution,
  ErrorBody,
  Finding,
  Model,
  Operations,
  LiveShadow,
  Replay,
  Retraining,
  Rollout,
  Series,
  Shift,
  Snapshot,
  Status,
  Traces,
  VerdictAnswer,
} from '../daemon/api/contract.ts';
import { apiPath, type Query } from './api-path.ts';

/** An answer that is not a success, in the words of the daemon; `status` 0 when there was no answer at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly field: string | undefined;

  constructor(status: number, body: ErrorBody['error']) {
    super(body.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code;
    this.hint = body.hint;
    this.field = body.field;
  }
}

/** Every call that the dashboard makes, typed by the contract. Each rejects with an `ApiError`. */
export const api = {
  status: () => get<Status>(['status']),
  models: () => get<{ models: Model[] }>(['models']),
  model: (model: string) => get<Model>(['models', model]),
  distribution: (model: string, query: Query) => get<Distribution>(['models', model, 'distribution'], query),
  shift: (model: string, query: Query) => get<Shift>(['models', model, 'shift'], query),
  series: (model: string, query: Query) => get<Series>(['models', model, 'series'], query),
  operations: (model: string, query: Query) => get<Operations>(['models', model, 'operations'], query),
  traces: (query: Query) => get<Traces>(['traces'], query),
  trace: (traceId: string) => get<Traces>(['traces', traceId]),
  findings: (query: Query) => get<{ findings: Finding[] }>(['findings'], query),
  alerts: (state?: string) => get<{ alerts: Alert[] }>(['alerts'], { state }),
  alert: (id: string) => get<AlertDetail>(['alerts', id]),
  acknowledge: (id: string, body: { by: string }) => post<unknown>(['alerts', id, 'ack'], body),
  feedback: (id: string, body: { verdict: 'real' | 'false'; by: string; note?: string }) =>
    post<unknown>(['alerts', id, 'feedback'], body),
  silence: (body: { model: string; detector?: string; slice?: string; until: string; by: string; reason: string }) =>
    post<unknown>(['silences'], body),
  replays: (model?: string) => get<{ replays: Replay[] }>(['replays'], { model }),
  shadows: () => get<{ shadows: LiveShadow[] }>(['shadows'], {}),
  shadow: (id: string) => get<LiveShadow>(['shadows', id]),
  replay: (id: string) => get<Replay>(['replays', id]),
  cancelReplay: (id: string) =>
    answer<Replay>(apiPath(['replays', id]), { method: 'DELETE', headers: { accept: 'application/json' } }),
  rollouts: (model?: string) => get<{ rollouts: Rollout[] }>(['rollouts'], { model }),
  rollout: (id: string) => get<Rollout>(['rollouts', id]),
  verdict: (id: string) => get<VerdictAnswer>(['rollouts', id, 'verdict']),
  decisions: (id: string) => get<{ decisions: Decision[] }>(['rollouts', id, 'decisions']),
  endRollout: (id: string, body: { verdict: 'rollback' | 'inconclusive'; by: string; reason: string }) =>
    post<Rollout>(['rollouts', id, 'end'], body),
  retrainings: () => get<{ retrainings: Retraining[] }>(['retrainings']),
  snapshot: (id: string) => get<Snapshot>(['snapshots', id]),
};

function get<T>(segments: readonly string[], query?: Query): Promise<T> {
  return answer<T>(apiPath(segments, query), { headers: { accept: 'application/json' } });
}

function post<T>(segments: readonly string[], body: unknown): Promise<T> {
  return answer<T>(apiPath(segments), {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function answer<T>(path: string, request: RequestInit): Promise<T> {
  const response = await fetch(path, request).catch((cause: unknown) => {
    throw new ApiError(0, {
      code: 'unreachable',
      message: 'The daemon does not answer.',
      hint: `Is it running? The page asks again by itself. (${String(cause)})`,
    });
  });
  const body: unknown = await response.json().catch(() => null);
  // The daemon sends what its contract says: its own schemas make the answer.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  if (response.ok) return body as T;
  throw new ApiError(response.status, errorOf(body, response));
}

function errorOf(body: unknown, response: Response): ErrorBody['error'] {
  if (isErrorBody(body)) return body.error;
  return {
    code: 'unreadable',
    message: `The daemon answered ${response.status} ${response.statusText} to ${response.url}.`,
  };
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}
