import type { Parameters } from './engine.ts';

/** Bytes. The engine reads statements of up to 256 KiB; longer values travel beside the statement. */
const LONGEST_STATEMENT = 200_000;
const PLACEHOLDER = /\{(\w+):(\w[\w(), ]*)\}/g;

const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/**
 * A statement with its values in the place of their `{name:Type}`, each as a literal that is read as that type: what the engine
 * makes of bound values itself. Bound beside the statement, the embedded engine runs one statement at a time for the whole
 * process, so that who asks for a moment waits for who reads for minutes.
 * @returns undefined where the values must travel beside the statement: it would be too long, or a value or type is none of
 *   those known here
 */
export function bindParameters(sql: string, parameters: Parameters): string | undefined {
  let known = true;
  const bound = sql.replaceAll(PLACEHOLDER, (placeholder, name: string, type: string) => {
    // Own properties alone: `constructor` is no value.
    const value: unknown = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    const literal = type === 'Identifier' ? undefined : literalOf(value, type);
    known &&= literal !== undefined;
    return literal ?? placeholder;
  });
  return known && Buffer.byteLength(bound) <= LONGEST_STATEMENT ? bound : undefined;
}

function literalOf(value: unknown, type: string): string | undefined {
  if (type === 'String') return typeof value === 'string' ? quoteText(value) : undefined;
  const text = typeof value === 'string' ? value : textOf(value);
  return text === undefined ? undefined : `CAST(${quoteText(text)}, '${type}')`;
}

/** As the engine writes values in text, texts within others in quotes. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  const texts = value.map(textOf);
  return texts.includes(undefined) ? undefined : `[${texts.join(',')}]`;
}

/** A text literal: nothing in it ends it, or begins anything else. */
export function quoteText(text: string): string {
  return `'${text.replaceAll(/[\\'\0\b\f\n\r\t]/g, (character) => ESCAPED[character] ?? character)}'`;
}
