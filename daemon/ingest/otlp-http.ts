import type { Logger } from 'pino';
import type { Ingest } from './ingest.ts';

export interface OtlpListener {
  /** The port taken; another than asked for only where 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

export interface OtlpListen {
  readonly host: string;
  readonly port: number;
  /** Bytes of one body after decompression. */
  readonly maxBodyBytes: number;
  readonly log: Logger;
}

/** Listens for OTLP/HTTP: `/v1/traces` and `/v1/logs`, protobuf and JSON, gzip. */
export async function startOtlpHttp(ingest: Ingest, listen: OtlpListen): Promise<OtlpListener> {
  throw new Error(`OTLP/HTTP cannot listen on ${listen.port} yet (${Object.keys(ingest).length})`);
}
