import type { Admission, Input } from '../../daemon/api/contract.ts';

const ATTEMPTS = 20;

/**
 * Posts lines of NDJSON to `/v1/predictions` or `/v1/labels`. A daemon that is full, restarting or away gets the same
 * bytes again: it stores a body once, however often it hears it.
 * @throws when a line is refused, or the daemon stays away
 */
export async function sendLines(url: string, kind: 'predictions' | 'labels', lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const body = `${lines.join('\n')}\n`;
  const answer = await post(`${url}/v1/${kind}`, 'application/x-ndjson', body);
  const admission = (await answer.json()) as Admission;
  if (admission.rejected > 0)
    throw new Error(`${admission.rejected} of ${lines.length} ${kind} refused: ${admission.errors[0]?.message}`);
}

/** Posts a JSON body and answers with the parsed answer. */
export async function sendJson<Answer>(address: string, body: unknown): Promise<Answer> {
  const answer = await post(address, 'application/json', JSON.stringify(body));
  return (await answer.json()) as Answer;
}

/** Registers a saved model. */
export async function registerVersion(
  url: string,
  model: string,
  registration: {
    readonly version: string;
    readonly path: string;
    readonly inputs: readonly Input[];
    readonly threshold: number;
  },
): Promise<void> {
  await sendJson(`${url}/v1/models/${encodeURIComponent(model)}/versions`, registration);
}

async function post(address: string, type: string, body: string): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    let waitMs = Math.min(250 * attempt, 2000);
    try {
      const answer = await fetch(address, { method: 'POST', headers: { 'content-type': type }, body });
      if (answer.ok) return answer;
      if (answer.status !== 429 && answer.status !== 503)
        throw new Refusal(`${address} answered ${answer.status}: ${await answer.text()}`);
      waitMs = Number(answer.headers.get('retry-after') ?? '1') * 1000;
      await answer.arrayBuffer();
    } catch (error) {
      if (error instanceof Refusal || attempt === ATTEMPTS) throw error;
    }
    if (attempt === ATTEMPTS) throw new Error(`${address} stays unavailable`);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

class Refusal extends Error {}
