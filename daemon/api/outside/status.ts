import type { Status } from '../contract.ts';
import type { HealthPart } from '../parts.ts';

export function toStatus(status: Awaited<ReturnType<HealthPart['status']>>, version: string): Status {
  const { ingest, stored } = status;
  return {
    version,
    uptime_seconds: status.uptimeSeconds,
    simulated: status.simulated,
    engine: status.engine,
    in_charge: status.inCharge,
    ingest: {
      spans: ingest.spans,
      predictions: ingest.predictions,
      labels: ingest.labels,
      rejected: { ...ingest.rejected },
      duplicates: ingest.duplicates,
      spool_bytes: ingest.spoolBytes,
      lag_seconds: ingest.lagSeconds,
    },
    stored: { ...stored },
  };
}
