import { z } from 'zod';

/** Settings of every channel by its type; a new channel is one file and one line here. */
export const channelSettings = z.discriminatedUnion('type', [
  z
    .object({
      type: z.literal('email').describe('mail through an SMTP server'),
      host: z.string().describe('SMTP server'),
      port: z.int().min(1).max(65_535).default(587).describe('port of the SMTP server'),
      secure: z.boolean().default(false).describe('TLS from the first byte; without it STARTTLS is used where offered'),
      username: z.string().optional().describe('SMTP login'),
      password: z.string().optional().describe('SMTP password; write ${NAME} to take it from the environment'),
      from: z.string().describe('sender address'),
      to: z.array(z.string()).min(1).describe('recipient addresses'),
    })
    .strict(),
  z
    .object({
      type: z.literal('webhook').describe('signed HTTP POST as in Standard Webhooks'),
      url: z.url().describe('where to send'),
      secret: z.string().optional().describe('signing secret; write ${NAME} to take it from the environment'),
      allow_private: z.boolean().default(false).describe('permit private and loopback addresses'),
    })
    .strict(),
]);

export type ChannelSettings = z.output<typeof channelSettings>;
