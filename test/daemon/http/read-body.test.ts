import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byteBudget } from '../../../daemon/http/byte-budget.ts';
import { readBody } from '../../../daemon/http/read-body.ts';

describe('the body of a request', () => {
  const budget = byteBudget(1000);
  let read: (result: Promise<unknown>) => void;
  const server = createServer((request: IncomingMessage) => read(readBody(request, { maxBytes: 1000, budget })));
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it('whose sender hangs up is told as that, and not as a failure of anything here', async () => {
    const reading = new Promise<Promise<unknown>>(
      (resolve) => (read = (result) => resolve(Promise.allSettled([result]))),
    );
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n{}');
    setTimeout(() => socket.destroy(), 20);
    const begun = await reading;
    expect(await begun).toMatchObject([{ status: 'rejected', reason: { code: 'bad_http' } }]);
    expect(budget.held).toBe(0);
  });
});
