import { escapeMarkup } from './escape-markup.ts';

/** A piece of HTML that is safe as it stands. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Part = string | number | Markup | readonly Markup[];

/** HTML in which every interpolated text is escaped: markup comes only from this tag. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, index) => text + sourceOf(parts[index])).join(''));
}

function sourceOf(part: Part | undefined): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.source;
  if (typeof part === 'string' || typeof part === 'number') return escapeMarkup(String(part));
  return part.map(sourceOf).join('');
}
