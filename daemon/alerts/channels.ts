import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Channel } from './channel.ts';
import { emailSettings, openEmail } from './email.ts';
import { openWebhook, webhookSettings } from './webhook.ts';

/** Settings of every channel by its type; a new channel is one file, one line here and one below. */
export const channelSettings = z.discriminatedUnion('type', [emailSettings, webhookSettings]);

export type ChannelSettings = z.output<typeof channelSettings>;

export function openChannel(settings: ChannelSettings, clock: Clock): Channel {
  return settings.type === 'email' ? openEmail(settings) : openWebhook(settings, clock);
}
