import { status as grpcStatus } from '@grpc/grpc-js';
import { ERRORS, SerinError } from '../errors.ts';
import type { OtlpAnswer } from './ingest.ts';
import { Bytes } from './native/bytes.ts';

/** A `google.rpc.Status`: what went wrong, and whether and when to try again. */
export interface RpcStatus {
  readonly code: grpcStatus;
  readonly message: string;
  /** Present only where the same request may be sent again. */
  readonly retryAfterSeconds?: number | undefined;
}

/** By the HTTP status of an error; every other one is a defect, or none of OTLP's. */
const GRPC_BY_HTTP: ReadonlyMap<number, grpcStatus> = new Map([
  [400, grpcStatus.INVALID_ARGUMENT],
  [404, grpcStatus.NOT_FOUND],
  [405, grpcStatus.UNIMPLEMENTED],
  [413, grpcStatus.RESOURCE_EXHAUSTED],
  [415, grpcStatus.INVALID_ARGUMENT],
  [429, grpcStatus.RESOURCE_EXHAUSTED],
  [503, grpcStatus.UNAVAILABLE],
]);
const RETRYABLE: ReadonlySet<number> = new Set([429, 503]);
const RETRY_SECONDS = 5;

/** The status of an error, whatever it is; of a defect nothing is told. */
export function rpcStatusOf(error: unknown): RpcStatus & { readonly http: number } {
  const http = error instanceof SerinError ? ERRORS[error.code].status : 500;
  const code = GRPC_BY_HTTP.get(http);
  if (!(error instanceof SerinError) || code === undefined)
    return { code: grpcStatus.INTERNAL, http: 500, message: 'internal error' };
  const retryAfterSeconds = RETRYABLE.has(http) ? (error.retryAfterSeconds ?? RETRY_SECONDS) : undefined;
  return { code, http, message: error.message, retryAfterSeconds };
}

/** `google.rpc.Status` in protobuf; the retry hint is a `google.rpc.RetryInfo` in its details. */
export function encodeStatus(status: RpcStatus): Buffer {
  const out = new Bytes();
  numberField(out, 1, status.code);
  textField(out, 2, status.message);
  if (status.retryAfterSeconds !== undefined) {
    const delay = new Bytes();
    numberField(delay, 1, Math.ceil(status.retryAfterSeconds));
    const retry = new Bytes();
    bytesField(retry, 1, delay.written());
    const detail = new Bytes();
    textField(detail, 1, RETRY_INFO);
    bytesField(detail, 2, retry.written());
    bytesField(out, 3, detail.written());
  }
  return out.written();
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

export function statusJson(status: RpcStatus): string {
  const { code, message, retryAfterSeconds } = status;
  const details =
    retryAfterSeconds === undefined
      ? {}
      : { details: [{ '@type': RETRY_INFO, retryDelay: `${Math.ceil(retryAfterSeconds)}s` }] };
  return JSON.stringify({ code, message, ...details });
}

/** `ExportTraceServiceResponse` or `ExportLogsServiceResponse`: empty, or with a partial success. */
export function encodeAnswer(answer: OtlpAnswer): Buffer {
  const out = new Bytes();
  if (answer.rejected === 0 && answer.message === '') return out.written();
  const partial = new Bytes();
  if (answer.rejected > 0) numberField(partial, 1, answer.rejected);
  textField(partial, 2, answer.message);
  bytesField(out, 1, partial.written());
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

function bytesField(out: Bytes, field: number, value: Uint8Array): void {
  out.varint(field * 8 + 2);
  out.varint(value.byteLength);
  out.copy(value);
}

function textField(out: Bytes, field: number, value: string): void {
  out.varint(field * 8 + 2);
  out.text(value);
}
