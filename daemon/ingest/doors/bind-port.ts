import type { Server } from 'node:net';

/** Binds a server to its address. @throws when it cannot, naming the port and the setting. @returns the port taken */
export async function bindPort(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  setting: string,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, setting, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function explain(error: NodeJS.ErrnoException, setting: string, host: string, port: number): Error {
  const why =
    error.code === 'EADDRINUSE'
      ? `port ${port} on ${host} is taken by another program: stop it, or set ${setting} to a free port`
      : `cannot listen on ${host}:${port} (${error.message}): check listen.host and ${setting}`;
  return new Error(why, { cause: error });
}
