import { cell } from './cell.ts';

const STEP_MS = 5000;

/** The present as Unix milliseconds, for "12 s ago"; moves every five seconds. */
export const now = cell(Date.now());

setInterval(() => {
  if (!document.hidden) now.set(Date.now());
}, STEP_MS);
