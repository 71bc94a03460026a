/**
 * Every error that the API answers with: its code, HTTP status and what to do. `docs/errors.md` is compared with it.
 */
export const ERRORS = {
  invalid_request: { status: 400, hint: 'Correct the named field and send it again.' },
  nothing_acceptable: { status: 400, hint: 'No record of the body could be taken; see the errors by line.' },
  unknown_model: { status: 404, hint: 'Models appear with their first prediction; GET /v1/models lists them.' },
  unknown_version: {
    status: 404,
    hint: 'GET /v1/models/{model} lists the versions; register one with POST /v1/models/{model}/versions.',
  },
  unknown_detector: { status: 400, hint: 'docs/detectors.md lists the detectors.' },
  unknown_setting: { status: 400, hint: 'docs/configuration.md lists the settings.' },
  unknown_slice: { status: 400, hint: 'Slices are cut by the tags listed in the settings of the model.' },
  unknown_id: { status: 404, hint: 'List the collection to see which ids exist.' },
  query_too_large: { status: 400, hint: 'Ask for a shorter time, fewer slices or a smaller limit.' },
  forbidden: { status: 403, hint: 'Use the address in listen.public_url; see docs/errors.md.' },
  not_found: { status: 404, hint: 'See /docs for the routes.' },
  method_not_allowed: { status: 405, hint: 'See the Allow header.' },
  conflict: { status: 409, hint: 'The thing is already in another state; read it again.' },
  not_promotable: { status: 409, hint: 'GET /v1/rollouts/{id}/verdict has the evidence; ask again later.' },
  bad_model_file: { status: 422, hint: 'Save the model again with TensorFlow.js and register the whole folder.' },
  bad_http: { status: 400, hint: 'Send a complete and unambiguous HTTP/1.1 request.' },
  timed_out: { status: 408, hint: 'Send the whole request within two minutes.' },
  headers_too_large: { status: 431, hint: 'Send less than 16 KB of headers.' },
  too_large: { status: 413, hint: 'Send smaller bodies; ingest.max_body_bytes is the limit after decompression.' },
  unsupported_media_type: { status: 415, hint: 'Send one of the content types named in the message.' },
  full: { status: 429, hint: 'Wait for the time in Retry-After and send the same body again.' },
  not_durable: { status: 503, hint: 'The body could not be made durable; send it again after Retry-After.' },
  unavailable: { status: 503, hint: 'Try again after Retry-After; see /readyz.' },
  channel_failed: {
    status: 502,
    hint: 'Correct the settings of the channel under alerts.channels, or ask again later.',
  },
  internal: { status: 500, hint: 'A defect of Serin: the log has the details under the request id.' },
} as const satisfies Record<string, { status: number; hint: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error that a caller can act on; the API turns it into `{ error: { code, message, field, hint } }`. */
export class SerinError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { field?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SerinError';
    this.code = code;
    this.field = options.field;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
