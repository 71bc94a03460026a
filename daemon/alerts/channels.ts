import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Channel } from './channel.ts';
import { emailSettings, openEmail } from './email.ts';
import { openWebhook, webhookSettings } from './webhook.ts';

/** Settings of every channel by its type; a new channel is one file, one line here and one below. */
export const channelSettings = z.discriminatedUnion('type', [emailSettings, webhookSettings]);

export type ChannelSettings = z.output<typeof channelSettings>;

export function openChannel(settings: ChannelSettings, clock: Clock): Channel {
  switch (settings.type) {
    case 'email':
      return openEmail(settings);
    case 'webhook':
      return openWebhook(settings, clock);
  }
}
