import { z } from 'zod';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * Milliseconds of a length such as `500ms`, `30s`, `5m`, `1h`, `7d`, `2w`; undefined when it is not one.
 */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  if (found === null) return undefined;
  return Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
}

/** The shortest text for a length, the inverse of `parseDuration`. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['w', 'd', 'h', 'm', 's'] as const) {
    if (milliseconds >= UNITS[unit] && milliseconds % UNITS[unit] === 0) return `${milliseconds / UNITS[unit]}${unit}`;
  }
  return `${milliseconds}ms`;
}

/** A setting that is a length of time: text in the file, milliseconds in the program. */
export const duration = z
  .string('a length of time is a text; write for example 30s, 5m, 1h or 7d')
  .transform((text, context) => {
    const milliseconds = parseDuration(text);
    if (milliseconds === undefined) {
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not a length of time; write for example 30s, 5m, 1h or 7d`,
      });
      return z.NEVER;
    }
    return milliseconds;
  });
