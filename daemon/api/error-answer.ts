import type { FastifyError } from 'fastify';
import { ERRORS, SerinError, type ErrorCode } from '../errors.ts';
import { errorBodyOf, retryAfterOf } from '../http/error-body.ts';
import type { ErrorBody } from './contract.ts';

/** What is sent for an error, and whether the log should hear of it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
  /** `warn` where the world is at fault, `error` where Serin is; nothing where the caller is. */
  readonly log?: 'warn' | 'error';
}

/** The answer to anything that was thrown: callers learn what they can act on, and nothing of the inside. */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof SerinError) return answerOf(error);
  const known = fromFramework(error) ?? fromStore(error);
  if (known !== undefined) return answerOf(known);
  return answerOf(
    new SerinError('internal', `Something failed inside Serin; the log tells of it under request ${requestId}.`),
  );
}

function answerOf(error: SerinError): ErrorAnswer {
  const { status } = ERRORS[error.code];
  const again = retryAfterOf(error);
  return {
    status,
    headers: again === undefined ? {} : { 'retry-after': String(again) },
    body: errorBodyOf(error),
    ...(status === 500 ? { log: 'error' } : status > 500 ? { log: 'warn' } : {}),
  };
}

/** What Fastify refuses before a route is reached. */
const FRAMEWORK: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too_large', message: 'The body is larger than 1 MiB.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    message:
      'The Content-Type is not of the form type/subtype; send application/json, or another that the route takes.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'bad_http',
    message: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_BAD_URL: { code: 'bad_http', message: 'The path is not valid percent-encoding; encode each name in it.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'invalid_request', message: 'A name in the path is too long; 256 characters fit.' },
};

function fromFramework(error: unknown): SerinError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = code === undefined ? undefined : FRAMEWORK[code];
  if (known !== undefined) return new SerinError(known.code, known.message, { cause: error });
  if (code === 'FST_ERR_NOT_FOUND' || statusCode === 404) {
    return new SerinError('not_found', 'There is nothing here.', { cause: error });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new SerinError('bad_http', 'The request cannot be understood.', { cause: error });
  }
  return undefined;
}

/** ClickHouse's names for a question that went over its caps. */
const TOO_MUCH = new Set([
  'TIMEOUT_EXCEEDED',
  'TOO_SLOW',
  'MEMORY_LIMIT_EXCEEDED',
  'TOO_MANY_ROWS',
  'TOO_MANY_BYTES',
  'TOO_MANY_ROWS_OR_BYTES',
]);

const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOSPC',
]);

/** Errors of the store, known by their form: this room does not know which client it has. */
function fromStore(error: unknown): SerinError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, type } = error as { code?: unknown; type?: unknown };
  const fromEngine = error.constructor.name === 'ClickHouseError';
  if (fromEngine && typeof type === 'string' && TOO_MUCH.has(type)) {
    return new SerinError('query_too_large', 'The answer would take more time, memory or rows than one question may.', {
      cause: error,
    });
  }
  const away =
    (typeof code === 'string' && AWAY.has(code)) || /^(Timeout error|ChdbConnection is closed)/.test(error.message);
  if (!fromEngine && !away) return undefined;
  return new SerinError('unavailable', 'The store does not answer.', { cause: error });
}
