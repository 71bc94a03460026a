import type { Ingest } from './ingest.ts';
import type { OtlpListen, OtlpListener } from './otlp-http.ts';

/** Listens for OTLP/gRPC: the trace and the logs service. */
export async function startOtlpGrpc(ingest: Ingest, listen: OtlpListen): Promise<OtlpListener> {
  throw new Error(`OTLP/gRPC cannot listen on ${listen.port} yet (${Object.keys(ingest).length})`);
}
