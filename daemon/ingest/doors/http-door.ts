import { emptyBody, RECORD_TYPES, unknownType } from '../../http/record-answers.ts';
import { SerinError } from '../../errors.ts';
import type { Ingest } from '../ingest.ts';
import type { Door } from './doors.ts';
import type { HttpAnswer } from './http-answer.ts';
import { formOf, refusedAnswer, SIGNALS, takenAnswer, TYPES, type Form } from './otlp-answer.ts';
import { refusedRecords, takenRecords } from './records-answer.ts';

/** One form of what a path takes, and the words in which it is answered. */
export interface HttpDoor {
  readonly name: Door;
  /** Hands a body over; `answered` is called once, perhaps at once. @throws SerinError instead */
  take(ingest: Pick<Ingest, 'take'>, body: Uint8Array, answered: (answer: HttpAnswer) => void): void;
  /** The same by promises. */
  accept(ingest: Pick<Ingest, 'accept' | 'acceptOtlp'>, body: Uint8Array): Promise<HttpAnswer>;
  refused(error: unknown): HttpAnswer;
}

/** A path of the port. */
export interface HttpPath {
  /** Whether a browser may not send to it for a page of another site. */
  readonly isGuarded: boolean;
  /** The door for a Content-Type; undefined for one that is not taken. */
  doorOf(contentType: string): HttpDoor | undefined;
  /** What to say of another type. */
  unknownType(contentType: string | undefined): SerinError;
  /** Says what is wrong with a request that has no door. */
  refused(error: unknown): HttpAnswer;
}

/** All paths of the port. */
export const PATHS: ReadonlyMap<string, HttpPath> = new Map([
  ...Array.from(SIGNALS, ([path, signal]) => [path, otlpPath(signal)] as const),
  ...(['predictions', 'labels'] as const).map((kind) => [`/v1/${kind}`, recordsPath(kind)] as const),
]);

function otlpPath(signal: 'traces' | 'logs'): HttpPath {
  const doors = { protobuf: otlpDoor(signal, 'protobuf'), json: otlpDoor(signal, 'json') };
  return {
    isGuarded: false,
    doorOf: (contentType) => {
      const form = formOf(contentType);
      return form && doors[form];
    },
    unknownType: () =>
      new SerinError('unsupported_media_type', `send content-type ${TYPES.protobuf} or ${TYPES.json}`, {
        field: 'Content-Type',
      }),
    refused: (error) => refusedAnswer(error, undefined),
  };
}

function otlpDoor(signal: 'traces' | 'logs', form: Form): HttpDoor {
  const name = `${signal}/${form}` as const;
  const refused = (error: unknown): HttpAnswer => refusedAnswer(error, form);
  return {
    name,
    take: (ingest, body, answered) =>
      ingest.take(name, body, (answer) =>
        answered(answer instanceof SerinError ? refused(answer) : takenAnswer(signal, form, answer)),
      ),
    accept: async (ingest, body) => takenAnswer(signal, form, await ingest.acceptOtlp(signal, form, body)),
    refused,
  };
}

/** The port of the API takes the same, for who sends little. */
function recordsPath(kind: 'predictions' | 'labels'): HttpPath {
  const doors = new Map([
    [RECORD_TYPES.ndjson, recordsDoor(kind, 'ndjson')],
    [RECORD_TYPES.json, recordsDoor(kind, 'json')],
  ]);
  return {
    isGuarded: true,
    doorOf: (contentType) => doors.get(contentType.split(';')[0]!.trim().toLowerCase()),
    unknownType,
    refused: (error) => refusedRecords(error, Object.values(RECORD_TYPES)),
  };
}

function recordsDoor(kind: 'predictions' | 'labels', form: 'ndjson' | 'json'): HttpDoor {
  const name = `${kind}/${form}` as const;
  return {
    name,
    take: (ingest, body, answered) => {
      if (body.length === 0) throw emptyBody(kind);
      ingest.take(name, body, (answer) =>
        answered(answer instanceof SerinError ? refusedRecords(answer) : takenRecords(kind, answer)),
      );
    },
    accept: async (ingest, body) => {
      if (body.length === 0) throw emptyBody(kind);
      return takenRecords(kind, await ingest.accept(kind, form, body));
    },
    refused: (error) => refusedRecords(error),
  };
}
