import type { ApiClient } from '../../daemon/cli/client.ts';
import type { MailServer } from './mail-server.ts';
import type { Process, Processes } from './processes.ts';
import type { Ports } from './settings.ts';
import type { Teller } from './tell.ts';

/** What every chapter has at hand. */
export interface World {
  /** Absolute directory of this run. */
  readonly directory: string;
  readonly ports: Ports;
  readonly mail: MailServer;
  readonly processes: Processes;
  readonly client: ApiClient;
  readonly tell: Teller;
  readonly signal: AbortSignal;
}

/** The payments service, live. */
export interface LiveWorld extends World {
  readonly service: Process;
}

/** A chapter that did not come true, and what was seen instead. */
export class StoryFault extends Error {}
