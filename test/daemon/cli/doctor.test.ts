import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Examined } from '../../../daemon/cli/examine.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { runCommand } from './run-command.ts';

/** The engine lives once in a process, so one run looks at everything. */
describe('serin doctor', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let results: Examined[];
  let exitCode: number;
  const taken = createServer();

  beforeAll(async () => {
    directory = await temporaryDirectory();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const config = join(directory.path, 'serin.yaml');
    await writeFile(config, `listen:\n  api: ${port}\n  otlp_http: 0\n  otlp_grpc: 0\n`);
    const argv = ['doctor', '--json', '--config', config, '--data', join(directory.path, 'data')];
    const answer = await runCommand([...argv, '--url', `http://127.0.0.1:1`]);
    ({ exitCode } = answer);
    ({ results } = JSON.parse(answer.stdout) as { results: Examined[] });
  });
  afterAll(async () => {
    await new Promise((resolve) => taken.close(resolve));
    await directory.remove();
  });

  it('finds the engine, a backend for models, the configuration and the disk', () => {
    const state = (name: string) => results.find((result) => result.name === name)?.state;
    for (const name of ['Node.js', 'configuration', 'TensorFlow.js', 'store'])
      expect([name, state(name)]).toEqual([name, 'ok']);
    expect(results.find((result) => result.name === 'disk')?.message).toContain('GB free');
  });

  it('names the port that is taken and what to do, and fails', () => {
    const api = results.find((result) => result.name === 'API port');
    expect(api?.state).toBe('fault');
    expect(api?.message).toContain('EADDRINUSE');
    expect(api?.hint).toContain('listen');
    expect(exitCode).toBe(1);
  });

  it('does not mind that no daemon runs', () => {
    expect(results.at(-1)).toMatchObject({ name: 'daemon', state: 'warning' });
  });
});
