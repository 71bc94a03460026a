import { z } from 'zod';
import { parseDuration } from '../../config/duration.ts';
import { SerinError } from '../../errors.ts';
import type { Api, ApiContext } from '../api.ts';
import * as contract from '../contract.ts';
import { filter, given } from '../outside/given.ts';
import { toArgo, toDecision, toRollout, toVerdict } from '../outside/rollout.ts';

const tags = ['rollouts'];
const params = z.object({ id: z.string() });

/** Canary rollouts and their verdicts; the two gates of Argo Rollouts and Flagger. */
export function rolloutRoutes(api: Api, context: ApiContext): void {
  const { rollouts } = context.parts;
  api.post(
    '/v1/rollouts',
    {
      schema: { summary: 'Opens a rollout', tags, body: contract.rolloutRequest, response: { 201: contract.started } },
    },
    async ({ body: { minimum_events, minimum_duration, maximum_duration, guardrails, ...request } }, reply) => {
      const { id } = await rollouts.open({
        ...given({
          ...request,
          guardrails: guardrails?.map(given),
          minimumEvents: minimum_events,
          minimumDurationMs: minimum_duration === undefined ? undefined : parseDuration(minimum_duration),
          maximumDurationMs: maximum_duration === undefined ? undefined : parseDuration(maximum_duration),
        }),
      });
      return reply
        .code(201)
        .header('location', `/v1/rollouts/${encodeURIComponent(id)}`)
        .send({ id });
    },
  );
  api.get(
    '/v1/rollouts',
    {
      schema: {
        summary: 'Rollouts, newest first',
        tags,
        querystring: contract.modelFilter,
        response: { 200: contract.rolloutList },
      },
    },
    async ({ query }) => ({ rollouts: (await rollouts.list(filter(query.model))).map(toRollout) }),
  );
  api.get(
    '/v1/rollouts/:id',
    { schema: { summary: 'One rollout', tags, params, response: { 200: contract.rollout } } },
    async ({ params: { id } }) => toRollout(await rollouts.get(id)),
  );
  api.post(
    '/v1/rollouts/:id/advance',
    {
      schema: {
        summary: 'Begins the next stage, when the verdict on this one is promote',
        description: 'Judges first. 409 with the reasons when the verdict is another; from the last stage it promotes.',
        tags,
        params,
        body: contract.advanceRequest.optional(),
        response: { 200: contract.rollout },
      },
    },
    async ({ params: { id }, body }) => toRollout(await rollouts.advance(id, body?.from)),
  );
  api.post(
    '/v1/rollouts/:id/end',
    {
      schema: {
        summary: 'Ends an open rollout because a person says so',
        description:
          'Stored as a decision with who and why; every later question gets it. `rollback` hands the rollback over as the gate does. 409 when the rollout has ended.',
        tags,
        params,
        body: contract.endRequest,
        response: { 200: contract.rollout },
      },
    },
    async ({ params: { id }, body }) => toRollout(await rollouts.end(id, body)),
  );
  verdictRoutes(api, context);
  flaggerEvents(api, context);
  decisionRoutes(api, context);
}

function verdictRoutes(api: Api, { parts: { rollouts }, link }: ApiContext): void {
  api.get(
    '/v1/rollouts/:id/verdict',
    {
      schema: {
        summary: 'Judges now: may the candidate go on?',
        description: 'Valid however often it is asked. `format=argo` answers an Argo Rollouts web metric.',
        tags,
        params,
        querystring: contract.verdictQuery,
        response: { 200: z.union([contract.verdictAnswer, contract.argoAnswer]) },
      },
    },
    async ({ params: { id }, query: { format } }) => {
      const decision = await rollouts.verdict(id);
      return format === 'argo' ? toArgo(decision.verdict) : toVerdict(decision, link);
    },
  );
  api.post(
    '/v1/rollouts/:id/flagger',
    {
      schema: {
        summary: "Answers Flagger's webhook: 200 when it may go on, 409 with the reason when not",
        description:
          'For a webhook of type `rollback`, add `?hook=rollback`: 200 then means that it must roll back. Flagger asks at weight 0 before there was any traffic: `?start=true` lets that call pass, and repeats of it.',
        tags,
        params,
        querystring: contract.flaggerQuery,
        response: { 200: contract.verdictAnswer },
      },
    },
    async ({ params: { id }, query: { hook, advance, start } }) => {
      const decision = await rollouts.verdict(id);
      if (start === 'true' && hook === 'promotion' && (await rollouts.start(id, decision)))
        return toVerdict(decision, link);
      if (decision.verdict === (hook === 'rollback' ? 'rollback' : 'promote')) {
        if (advance === 'true' && hook === 'promotion') await rollouts.advance(id, decision.stage);
        return toVerdict(decision, link);
      }
      const reasons = decision.reasons.join('; ') || 'no reason was given';
      throw new SerinError(
        'not_promotable',
        `The verdict is ${decision.verdict}: ${reasons}. Evidence: ${toVerdict(decision, link).evidence_url}`,
      );
    },
  );
}

/** Flagger tells the weight in words, of every change of it and of nothing else. */
const WEIGHT = /\bcanary weight (\d{1,3})\b/;

function flaggerEvents(api: Api, { parts: { rollouts } }: ApiContext): void {
  api.post(
    '/v1/rollouts/:id/flagger/event',
    {
      schema: {
        summary: "Takes Flagger's events, which tell the weight of the canary",
        description:
          'For a webhook of type `event`. Where it is told, `?start=true` lets the first traffic go as often as Flagger asks at weight 0, and no more after that.',
        tags,
        params,
        body: contract.flaggerEvent,
        response: { 200: contract.started },
      },
    },
    async ({ params: { id }, body: { metadata } }) => {
      const told = WEIGHT.exec(metadata.eventMessage)?.[1];
      const { weight = 0 } = await rollouts.get(id);
      await rollouts.weigh(id, told === undefined ? weight : Number(told));
      return { id };
    },
  );
}

function decisionRoutes(api: Api, { parts: { rollouts }, link }: ApiContext): void {
  api.get(
    '/v1/rollouts/:id/decisions/:decision/recomputed',
    {
      schema: {
        summary: 'Judges a stored decision again from its inputs, and says whether it is the same',
        tags,
        params: params.extend({ decision: z.string() }),
        response: { 200: contract.recomputed },
      },
    },
    async ({ params: { id, decision: wanted } }) => {
      const { decision, equal, answer } = await rollouts.recompute(id, wanted);
      const { byHand: _byHand, ...ofGate } = decision;
      return {
        decision: decision.id,
        equal,
        stored: toVerdict(decision, link),
        recomputed: toVerdict({ ...ofGate, ...answer }, link),
      };
    },
  );
  api.get(
    '/v1/rollouts/:id/decisions',
    {
      schema: {
        summary: 'Every verdict given, with inputs enough to recompute it',
        description: 'Oldest first. The newest 1,000 at most; `before` and `limit` lead to earlier ones.',
        tags,
        params,
        querystring: contract.decisionQuery,
        response: { 200: contract.decisionList },
      },
    },
    async ({ params: { id }, query }) => ({
      decisions: (await rollouts.decisions(id, given(query))).map((decision) => toDecision(decision, link)),
    }),
  );
}
