#!/usr/bin/env node
/**
 * The program `serin`. The engine and the spool both work on libuv's thread pool: with its four threads a few long queries
 * would delay acks. Its size can only be set before its first use, and to import a module is one; so this file requires none.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '16';
void import('./main.ts');
