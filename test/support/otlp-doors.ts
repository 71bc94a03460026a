import pino from 'pino';
import { byteBudget } from '../../daemon/http/byte-budget.ts';
import { defaultConfig } from '../../daemon/config/config.ts';
import type { OtlpListen } from '../../daemon/ingest/doors/otlp-listen.ts';

/** Where a door of a test listens: a free port of this machine, with the default limits but those given. */
export function freeDoor(limits: Partial<OtlpListen['limits']> = {}): OtlpListen {
  const all = { ...defaultConfig().ingest, ...limits };
  return {
    host: '127.0.0.1',
    port: 0,
    limits: all,
    budget: byteBudget(4 * all.max_body_bytes),
    log: pino({ level: 'silent' }),
  };
}
