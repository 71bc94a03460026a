import { SerinError } from '../errors.ts';
import { errorBodyOf } from './error-body.ts';

/** The two ports that take predictions and labels answer in the words that are here. */
export type RecordKind = 'predictions' | 'labels';

/** What they come as; the second is an array of them. */
export const RECORD_TYPES: Readonly<Record<'ndjson' | 'json', string>> = {
  ndjson: 'application/x-ndjson',
  json: 'application/json',
};

/** Such a body without a byte. */
export function emptyBody(kind: RecordKind): SerinError {
  return new SerinError('nothing_acceptable', `The body is empty; send ${kind}.`);
}

/** Such a body of another type. */
export function unknownType(contentType: string | undefined): SerinError {
  return new SerinError(
    'unsupported_media_type',
    `The Content-Type is ${JSON.stringify((contentType ?? 'missing').slice(0, 100))}; send ${Object.values(RECORD_TYPES).join(' or ')}.`,
  );
}

/** Why one line, or element, was refused. */
interface LineError {
  readonly line: number;
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

/** What became of the records of a body. */
interface Admitted<Errors> {
  readonly accepted: number;
  readonly rejected: number;
  readonly errors: Errors;
}

/** The answer to a body that was read: an error only where nothing in it could be taken. */
export function answerToRecords(
  kind: RecordKind,
  { accepted, rejected, errors }: Admitted<readonly LineError[]>,
): { readonly status: 200 | 400; readonly body: Admitted<LineError[]> & Partial<ReturnType<typeof errorBodyOf>> } {
  const named = errors.map(({ line, field, reason, message }) => ({ line, field, reason, message }));
  const body = { accepted, rejected, errors: named };
  if (accepted > 0 || rejected === 0) return { status: 200, body };
  const refused = new SerinError('nothing_acceptable', `None of ${rejected} ${kind} could be taken.`);
  return { status: 400, body: { ...errorBodyOf(refused), ...body } };
}
