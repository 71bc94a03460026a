import { StoryFault, type World } from './world.ts';

const PAUSE_MS = 400;

/**
 * Asks again and again until there is an answer.
 * @param what names what is waited for
 * @param seen says what there is instead, for the one who waits
 * @throws StoryFault after `longestMs`, with what was seen last
 */
export async function waitUntil<Answer>(
  { tell, signal }: Pick<World, 'tell' | 'signal'>,
  what: string,
  longestMs: number,
  ask: () => Promise<Answer | undefined>,
  seen: () => string = () => '',
): Promise<Answer> {
  const until = Date.now() + longestMs;
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    const instead = seen();
    tell.waiting(`${what}${instead === '' ? '' : ` (${instead})`}`);
    if (Date.now() > until)
      throw new StoryFault(`${what}: nothing after ${longestMs / 1000} s${instead === '' ? '' : `; ${instead}`}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
