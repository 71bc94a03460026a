import { ERRORS, SerinError } from '../../errors.ts';
import { errorBodyOf, retryAfterOf } from '../../http/error-body.ts';
import { answerToRecords, type RecordKind } from '../../http/record-answers.ts';
import { ENCODINGS } from '../../http/unpack-body.ts';
import type { Admission } from '../ingest.ts';
import type { HttpAnswer } from './http-answer.ts';

export function takenRecords(kind: RecordKind, admission: Admission): HttpAnswer {
  const { status, body } = answerToRecords(kind, admission);
  return answerOf(status, body);
}

/**
 * An error as the port of the API has it.
 * @param types that are taken, where the request has another
 */
export function refusedRecords(error: unknown, types?: readonly string[]): HttpAnswer {
  const told =
    error instanceof SerinError
      ? error
      : new SerinError('internal', 'Something failed inside Serin; its log says what.');
  const { status } = ERRORS[told.code];
  const again = retryAfterOf(told);
  const more: string[] = [];
  if (again !== undefined) more.push('retry-after', String(again));
  if (status === 405) more.push('allow', 'POST');
  if (status === 415 && types !== undefined) more.push('accept', types.join(', '));
  else if (status === 415) more.push('accept-encoding', ENCODINGS.join(', '));
  return answerOf(status, errorBodyOf(told), more);
}

function answerOf(status: number, body: object, more: readonly string[] = []): HttpAnswer {
  const text = JSON.stringify(body);
  const type = ['content-type', 'application/json; charset=utf-8', 'cache-control', 'no-store'];
  return { status, headers: [...more, ...type, 'content-length', String(Buffer.byteLength(text))], body: text };
}
