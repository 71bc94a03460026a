const A_SECOND = 20;
const PREDICTIONS = 20;

/** Milliseconds that each of 20 bodies a second waits for its ack: open loop, so that a slow ack delays no other. */
export async function ackLatencies(api: string, milliseconds: number): Promise<number[]> {
  const took: number[] = [];
  const sent: Promise<void>[] = [];
  const run = Math.random().toString(36).slice(2);
  const began = performance.now();
  for (let at = 0; performance.now() - began < milliseconds; at++) {
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, began + (at * 1000) / A_SECOND - performance.now())),
    );
    sent.push(send(api, body(`${run}-${at}`), took));
  }
  await Promise.all(sent);
  return took;
}

async function send(api: string, lines: string, took: number[]): Promise<void> {
  const began = performance.now();
  const answer = await fetch(`${api}/v1/predictions`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines,
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`predictions were answered ${answer.status}`);
  took.push(performance.now() - began);
}

function body(name: string): string {
  const features = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, Math.random()]));
  return Array.from({ length: PREDICTIONS }, (_, at) =>
    JSON.stringify({
      prediction_id: `${name}-${at}`,
      model: 'live',
      version: 'v1',
      timestamp: Date.now(),
      features,
      score: Math.random(),
    }),
  ).join('\n');
}
