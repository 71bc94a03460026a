/** Every way in; the spool stores the place in this list, so it only grows at its end. */
export const DOORS = [
  'predictions/ndjson',
  'predictions/json',
  'labels/ndjson',
  'labels/json',
  'traces/protobuf',
  'traces/json',
  'logs/protobuf',
  'logs/json',
] as const;

export type Door = (typeof DOORS)[number];

/** A body as it came in. */
export interface Received {
  readonly door: Door;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  readonly body: Uint8Array;
}
