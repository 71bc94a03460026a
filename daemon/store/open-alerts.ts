import type { Document } from './documents.ts';
import type { Engine } from './engine.ts';

/**
 * Alerts that may still need work: pending or firing ones, and those told as firing whose end was not told.
 * `T` must hold `told: { state } | null`.
 */
export async function readOpenAlerts<T extends Document>(reader: Engine): Promise<T[]> {
  const found = await reader.rows<{ body: string }>(
    `SELECT body FROM {database}.alerts FINAL
     WHERE state IN ('pending', 'firing') OR JSONExtractString(body, 'told', 'state') = 'firing'
     ORDER BY updated_at`,
  );
  return found.map((row) => JSON.parse(row.body) as T);
}
