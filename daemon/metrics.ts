import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** Readings taken when somebody asks for `/metrics`. */
export interface Readings {
  readonly accepted: Readonly<Record<'spans' | 'predictions' | 'labels', number>>;
  readonly rejected: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly spoolBytes: number;
  readonly lagSeconds: number;
  readonly alerts: Readonly<Record<string, number>>;
  readonly tickSeconds: number;
}

/** The daemon's own metrics in the Prometheus text format. */
export function openMetrics(read: () => Promise<Readings>): { text(): Promise<string> } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'serin_' });
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const accepted = gauge('serin_records_accepted', 'Records acked since the start, by kind.', ['kind']);
  const rejected = gauge('serin_records_rejected', 'Records refused since the start, by reason.', ['reason']);
  const duplicates = gauge('serin_records_duplicate', 'Repeats acked but not stored again, since the start.');
  const spool = gauge('serin_spool_bytes', 'Bytes acked and not yet in the store.');
  const lag = gauge('serin_load_lag_seconds', 'Age of the oldest acked record that is not in the store yet.');
  const alerts = gauge('serin_alerts', 'Open alerts, by state.', ['state']);
  const tick = gauge('serin_watch_tick_seconds', 'Time that the last look at the windows took.');
  return {
    async text() {
      const now = await read();
      for (const [kind, count] of Object.entries(now.accepted)) accepted.set({ kind }, count);
      for (const [reason, count] of Object.entries(now.rejected)) rejected.set({ reason }, count);
      for (const state of ['pending', 'firing']) alerts.set({ state }, now.alerts[state] ?? 0);
      duplicates.set(now.duplicates);
      spool.set(now.spoolBytes);
      lag.set(now.lagSeconds);
      tick.set(now.tickSeconds);
      return registry.metrics();
    },
  };
}
