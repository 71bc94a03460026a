import { pino } from 'pino';
import { openAlerts, type Alerts, type AlertsOptions } from '../../daemon/alerts/alerts.ts';
import { configSchema } from '../../daemon/config/config.ts';

/** Alerts on a real store, at the defaults where nothing else is given; what they log is not shown. */
export function openTestAlerts(
  options: Pick<AlertsOptions, 'store' | 'clock'> & Partial<AlertsOptions>,
): Promise<Alerts> {
  return openAlerts({
    settings: configSchema.parse({}).alerts,
    publicUrl: 'https://serin.example',
    simulated: false,
    log: pino({ level: 'silent' }),
    picture: async () => undefined,
    maySend: () => true,
    ...options,
  });
}
