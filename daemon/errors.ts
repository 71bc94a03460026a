/**
 * Every error that the API answers with: its code, HTTP status, what it means and what to do. A test compares
 * `docs/errors.md` with it.
 */
export const ERRORS = {
  invalid_request: {
    status: 400,
    meaning:
      'A field, filter or body does not have the form that the contract asks for; the message names field, value and fix.',
    hint: 'Correct the named field and send it again.',
  },
  nothing_acceptable: {
    status: 400,
    meaning: 'Not one record of a body of predictions or labels could be taken, or the body is empty.',
    hint: 'No record of the body could be taken; see the errors by line.',
  },
  unknown_model: {
    status: 404,
    meaning: 'No prediction of this model was ever taken, and no settings name it.',
    hint: 'Models appear with their first prediction; GET /v1/models lists them.',
  },
  unknown_version: {
    status: 404,
    meaning: 'The model has no version of this name.',
    hint: 'GET /v1/models/{model} lists the versions; register one with POST /v1/models/{model}/versions.',
  },
  unknown_detector: {
    status: 400,
    meaning: 'There is no detector of this name, or it has no setting of this name.',
    hint: 'docs/detectors.md lists the detectors.',
  },
  unknown_setting: {
    status: 400,
    meaning: 'There is no setting of this name.',
    hint: 'docs/configuration.md lists the settings.',
  },
  unknown_slice: {
    status: 400,
    meaning: 'The tag, feature or value that the slice names was not seen.',
    hint: 'Slices are cut as `slices` in the settings of the model says.',
  },
  unknown_id: {
    status: 404,
    meaning: 'Nothing of this kind has this id.',
    hint: 'List the collection to see which ids exist.',
  },
  query_too_large: {
    status: 400,
    meaning: 'The question would cost the store more time, memory or rows than one question may.',
    hint: 'Ask for a shorter time, fewer slices or a smaller limit.',
  },
  forbidden: {
    status: 403,
    meaning: 'A browser sent the request for a page of another site, or to a name that is not this server’s.',
    hint: 'Use the address in listen.public_url; see docs/errors.md.',
  },
  not_found: { status: 404, meaning: 'There is no route or file at this path.', hint: 'See /docs for the routes.' },
  method_not_allowed: {
    status: 405,
    meaning: 'The path exists, but not with this method.',
    hint: 'See the Allow header.',
  },
  conflict: {
    status: 409,
    meaning: 'The thing is in a state in which this cannot be done.',
    hint: 'The thing is already in another state; read it again.',
  },
  not_promotable: {
    status: 409,
    meaning:
      'The verdict is not the one that Flagger’s hook, or the next stage, asks for; the message has verdict and reasons.',
    hint: 'GET /v1/rollouts/{id}/verdict has the evidence; ask again later.',
  },
  bad_model_file: {
    status: 422,
    meaning: 'The model files are missing, damaged, or not what the registration says.',
    hint: 'Save the model again with TensorFlow.js and register the whole folder.',
  },
  bad_http: {
    status: 400,
    meaning: 'The bytes received are no HTTP request, or can be read in two ways.',
    hint: 'Send a complete and unambiguous HTTP/1.1 request.',
  },
  timed_out: {
    status: 408,
    meaning: 'The request did not arrive whole in time.',
    hint: 'Send the whole request within two minutes.',
  },
  headers_too_large: {
    status: 431,
    meaning: 'The headers are larger than the server takes.',
    hint: 'Send less than 16 KB of headers.',
  },
  too_large: {
    status: 413,
    meaning: 'The body is larger than the limit, which counts bytes after decompression.',
    hint: 'Send less at once; bodies of predictions and labels may have ingest.max_body_bytes after decompression.',
  },
  unsupported_media_type: {
    status: 415,
    meaning: 'Content-Type or Content-Encoding is none that this route takes.',
    hint: 'Send one of the content types, or encodings, named in the message.',
  },
  full: {
    status: 429,
    meaning: 'More is under way than may be at once; nothing was taken.',
    hint: 'Wait for the time in Retry-After and send the same body again.',
  },
  not_durable: {
    status: 503,
    meaning: 'The body could not be written to disk; nothing was taken.',
    hint: 'The body could not be made durable; send it again after Retry-After.',
  },
  unavailable: {
    status: 503,
    meaning:
      'The store, or something else that the answer needs, does not answer now. No older answer is given instead.',
    hint: 'Try again after Retry-After; see /readyz.',
  },
  channel_failed: {
    status: 502,
    meaning: 'The channel did not take the test message; the message has its own words.',
    hint: 'Correct the settings of the channel under alerts.channels, or ask again later.',
  },
  internal: {
    status: 500,
    meaning: 'Something failed inside Serin.',
    hint: 'A defect of Serin: the log has the details under the request id.',
  },
} as const satisfies Record<string, { status: number; meaning: string; hint: string }>;

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
