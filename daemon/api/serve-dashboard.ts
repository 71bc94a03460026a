import fastifyStatic from '@fastify/static';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SerinError } from '../errors.ts';
import type { HttpServer } from './api.ts';

/** Addresses that the web app itself turns into pages. */
const PAGES = ['/', '/models', '/alerts', '/rollouts', '/replays', '/shadows', '/retrainings'];

/** Serves the built web app of `folder`: its files by name, and its one page at every address that it routes itself. */
export async function serveDashboard(server: HttpServer, folder: string): Promise<void> {
  const page = join(resolve(folder), 'index.html');
  const built = existsSync(page);
  if (built) {
    await server.register(fastifyStatic, {
      root: resolve(folder),
      wildcard: false,
      index: false,
      schemaHide: true,
      // Names under assets/ hold a hash of the content.
      setHeaders: (reply, path) => {
        void reply.header(
          'cache-control',
          path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
  } else server.log.warn({ folder }, 'the dashboard is not built, so only the API is served; run npm run build');

  for (const path of PAGES) {
    for (const url of path === '/' ? ['/'] : [path, `${path}/*`]) {
      server.get(url, { schema: { hide: true } }, async (_request, reply) => {
        if (!built) throw new SerinError('not_found', 'The dashboard is not built; run npm run build and start again.');
        const html = await readFile(page, 'utf8');
        return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html);
      });
    }
  }
}
