import { z } from 'zod';
import { SerinError } from '../../errors.ts';
import type { Api, ApiContext } from '../api.ts';
import * as contract from '../contract.ts';
import { toAlert, toAlertDetail, toSilence } from '../outside/alert.ts';
import { given } from '../outside/given.ts';
import { fromTime } from '../outside/time.ts';

const tags = ['alerts'];
const params = z.object({ id: z.string() });

/** Alerts, what people answer to them, and the test of a channel. */
export function alertRoutes(api: Api, context: ApiContext): void {
  const { link, parts } = context;
  const { alerts } = parts;
  api.get(
    '/v1/alerts',
    {
      schema: {
        summary: 'Alerts, newest change first',
        tags,
        querystring: contract.alertQuery,
        response: { 200: contract.alertList },
      },
    },
    async ({ query }) => ({ alerts: (await alerts.list(query.state)).map((alert) => toAlert(alert, link)) }),
  );
  api.get(
    '/v1/alerts/:id',
    {
      schema: {
        summary: 'One alert, its changes and its notifications',
        tags,
        params,
        response: { 200: contract.alertDetail },
      },
    },
    async ({ params: { id } }) => toAlertDetail(await alerts.get(id), link),
  );
  answerRoutes(api, context);
  api.post(
    '/v1/channels/:name/test',
    {
      schema: {
        summary: 'Sends a test message',
        tags: ['channels'],
        params: z.object({ name: contract.name }),
        response: { 204: z.undefined().describe('the channel took the message') },
      },
    },
    async ({ params: { name } }, reply) => {
      try {
        await alerts.test(name);
      } catch (error) {
        throw channelError(name, error);
      }
      return reply.code(204).send();
    },
  );
}

function answerRoutes(api: Api, { parts: { alerts }, link }: ApiContext): void {
  api.post(
    '/v1/alerts/:id/ack',
    {
      schema: {
        summary: 'Somebody is on it: it is not told again until it changes',
        tags,
        params,
        body: contract.acknowledgement,
        response: { 200: contract.alert },
      },
    },
    async ({ params: { id }, body }) => toAlert(await alerts.acknowledge(id, body.by), link),
  );
  api.post(
    '/v1/alerts/:id/feedback',
    {
      schema: {
        summary: 'Says whether the alert was real or false',
        tags,
        params,
        body: contract.feedback,
        response: { 200: contract.alert },
      },
    },
    async ({ params: { id }, body }) => toAlert(await alerts.feedback(id, given(body)), link),
  );
  api.post(
    '/v1/silences',
    {
      schema: {
        summary: 'Alerts that match are judged but not told until a time',
        tags,
        body: contract.silence,
        response: { 201: contract.silenceAnswer },
      },
    },
    async ({ body: { model, detector, slice, until, by, reason } }, reply) => {
      const silence = await alerts.silence({
        model: model ?? '',
        ...given({ detector, slice }),
        until: fromTime(until, 'until'),
        by,
        reason,
      });
      return reply.code(201).send(toSilence(silence));
    },
  );
}

/** A channel speaks in its own words; they are passed on, on one line and cut. */
function channelError(name: string, error: unknown): SerinError {
  if (error instanceof SerinError) return error;
  const words = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 500);
  return new SerinError('channel_failed', `The channel ${name} did not take the message: ${words}`, { cause: error });
}
