import { SerinError } from '../../errors.ts';
import { ENCODINGS } from '../../http/unpack-body.ts';
import type { OtlpAnswer } from '../ingest.ts';
import type { HttpAnswer } from './http-answer.ts';
import { answerJson, encodeAnswer, encodeStatus, rpcStatusOf, statusJson } from './rpc-status.ts';

/** The signals that OTLP/HTTP takes, by their paths. */
export const SIGNALS: ReadonlyMap<string, 'traces' | 'logs'> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
]);

export type Form = 'protobuf' | 'json';

export const TYPES: Readonly<Record<Form, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' };

/** The form that a Content-Type names. */
export function formOf(contentType: string): Form | undefined {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  if (type === TYPES.protobuf) return 'protobuf';
  return type === TYPES.json ? 'json' : undefined;
}

export function takenAnswer(signal: 'traces' | 'logs', form: Form, taken: OtlpAnswer): HttpAnswer {
  return answerOf(200, form, form === 'json' ? answerJson(signal, taken) : encodeAnswer(taken));
}

/**
 * An error as a `google.rpc.Status`.
 * @param form of the request, where it was one that is taken
 */
export function refusedAnswer(error: unknown, form: Form | undefined): HttpAnswer {
  const status = rpcStatusOf(error);
  const more: string[] = [];
  if (status.retryAfterSeconds !== undefined) more.push('retry-after', String(status.retryAfterSeconds));
  // RFC 9110, 15.5.6 and 15.5.16: each of the three says what would do.
  if (status.http === 405) more.push('allow', 'POST');
  if (status.http === 415 && form === undefined) more.push('accept', Object.values(TYPES).join(', '));
  else if (status.http === 415) more.push('accept-encoding', ENCODINGS.join(', '));
  const body = form === 'protobuf' ? encodeStatus(status) : statusJson(status);
  return answerOf(status.http, form ?? 'json', body, more);
}

function answerOf(status: number, form: Form, body: string | Uint8Array, more: readonly string[] = []): HttpAnswer {
  const headers = [...more, 'content-type', TYPES[form], 'content-length', String(Buffer.byteLength(body))];
  return { status, headers, body };
}

/** What is no HTTP, or comes too slowly, as Node tells it. */
export function brokenRequest({ code }: NodeJS.ErrnoException): SerinError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new SerinError('timed_out', 'the request did not arrive whole within ingest.body_time');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new SerinError('headers_too_large', 'the headers are larger than ingest.max_header_bytes');
  return new SerinError('bad_http', 'the bytes received are no HTTP request, or can be read in two ways');
}
