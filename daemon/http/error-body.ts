import { ERRORS, type ErrorCode, type SerinError } from '../errors.ts';

/** Where the caller is told to come back, but not when. */
const DEFAULT_RETRY_SECONDS = 5;

/** The body of an error, as in every answer that is one. */
export function errorBodyOf({ code, message, field }: SerinError): {
  error: { code: ErrorCode; message: string; field?: string; hint: string };
} {
  return { error: { code, message, ...(field === undefined ? {} : { field }), hint: ERRORS[code].hint } };
}

/** `Retry-After` of an error, in whole seconds; undefined where the same request comes to the same end. */
export function retryAfterOf({ code, retryAfterSeconds }: SerinError): number | undefined {
  const { status } = ERRORS[code];
  const again = retryAfterSeconds ?? (status === 429 || status === 503 ? DEFAULT_RETRY_SECONDS : undefined);
  return again === undefined ? undefined : Math.max(1, Math.ceil(again));
}
