import { ERRORS, SerinError } from '../../errors.ts';
import type { OtlpAnswer } from '../ingest.ts';
import { Bytes } from '../native/bytes.ts';

/** The codes of google.rpc.Code that the doors answer with. */
export const RPC_CODES = {
  OK: 0,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;
export type RpcCode = keyof typeof RPC_CODES;

/** A `google.rpc.Status`: what went wrong, and whether and when to try again. */
export interface RpcStatus {
  readonly code: RpcCode;
  readonly message: string;
  /** What is wrong with the request, where something is: a `BadRequest` says so. */
  readonly field?: string | undefined;
  /** Present only where the same request may be sent again: a `RetryInfo` says when. */
  readonly retryAfterSeconds?: number | undefined;
}

/** By the HTTP status of an error; every other one is a defect, or none of OTLP's. */
const CODE_BY_HTTP: ReadonlyMap<number, RpcCode> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [404, 'NOT_FOUND'],
  [405, 'UNIMPLEMENTED'],
  [408, 'DEADLINE_EXCEEDED'],
  [413, 'RESOURCE_EXHAUSTED'],
  [415, 'UNIMPLEMENTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [431, 'RESOURCE_EXHAUSTED'],
  [503, 'UNAVAILABLE'],
]);
/** OTLP specification, "Retryable Response Codes"; 502 and 504 are for those in between. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 503]);
const RETRY_SECONDS = 5;

/** The status of an error, whatever it is; of a defect nothing is told. */
export function rpcStatusOf(error: unknown): RpcStatus & { readonly http: number } {
  const http = error instanceof SerinError ? ERRORS[error.code].status : 500;
  const code = CODE_BY_HTTP.get(http);
  if (!(error instanceof SerinError) || code === undefined)
    return { code: 'INTERNAL', http: 500, message: 'internal error' };
  const retryAfterSeconds = RETRYABLE.has(http) ? Math.ceil(error.retryAfterSeconds ?? RETRY_SECONDS) : undefined;
  const field = http === 400 ? error.field : undefined;
  return { code, http, message: error.message, field, retryAfterSeconds };
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

/** `google.rpc.Status` in protobuf; its details are a `google.rpc.RetryInfo` or a `google.rpc.BadRequest`. */
export function encodeStatus({ code, message, field, retryAfterSeconds }: RpcStatus): Buffer {
  const out = new Bytes();
  numberField(out, 1, RPC_CODES[code]);
  textField(out, 2, message);
  if (retryAfterSeconds !== undefined)
    detailField(out, RETRY_INFO, (retry) =>
      messageField(retry, 1, (delay) => numberField(delay, 1, retryAfterSeconds)),
    );
  if (field !== undefined)
    detailField(out, BAD_REQUEST, (bad) =>
      messageField(bad, 1, (violation) => {
        textField(violation, 1, field);
        textField(violation, 2, message);
      }),
    );
  return out.written();
}

export function statusJson({ code, message, field, retryAfterSeconds }: RpcStatus): string {
  const details: object[] = [];
  if (retryAfterSeconds !== undefined) details.push({ '@type': RETRY_INFO, retryDelay: `${retryAfterSeconds}s` });
  if (field !== undefined) details.push({ '@type': BAD_REQUEST, fieldViolations: [{ field, description: message }] });
  return JSON.stringify({ code: RPC_CODES[code], message, ...(details.length === 0 ? {} : { details }) });
}

const NOTHING = Buffer.alloc(0);

/** `ExportTraceServiceResponse` or `ExportLogsServiceResponse`: empty, or with a partial success. */
export function encodeAnswer(answer: OtlpAnswer): Buffer {
  if (answer.rejected === 0 && answer.message === '') return NOTHING;
  const out = new Bytes();
  messageField(out, 1, (partial) => {
    if (answer.rejected > 0) numberField(partial, 1, answer.rejected);
    textField(partial, 2, answer.message);
  });
  return out.written();
}

export function answerJson(signal: 'traces' | 'logs', answer: OtlpAnswer): string {
  if (answer.rejected === 0 && answer.message === '') return '{}';
  const rejected = String(answer.rejected);
  const counted = signal === 'traces' ? { rejectedSpans: rejected } : { rejectedLogRecords: rejected };
  return JSON.stringify({ partialSuccess: { ...counted, errorMessage: answer.message } });
}

function numberField(out: Bytes, field: number, value: number): void {
  out.varint(field * 8);
  out.varint(value);
}

function messageField(out: Bytes, field: number, write: (inner: Bytes) => void): void {
  const inner = new Bytes();
  write(inner);
  bytesField(out, field, inner.written());
}

/** A `google.protobuf.Any` in the details of a status. */
function detailField(out: Bytes, type: string, write: (inner: Bytes) => void): void {
  messageField(out, 3, (detail) => {
    textField(detail, 1, type);
    messageField(detail, 2, write);
  });
}

function bytesField(out: Bytes, field: number, value: Uint8Array): void {
  out.varint(field * 8 + 2);
  out.varint(value.byteLength);
  out.copy(value);
}

function textField(out: Bytes, field: number, value: string): void {
  out.varint(field * 8 + 2);
  out.text(value);
}
