import type { ComponentChildren } from 'preact';
import { formatCount, formatExact } from '../format-number.ts';

/** Heads of columns: text begins at the left, `#text` heads numbers at the right, `-text` is only read aloud. */
export type Heads = readonly string[];

interface DataTableProps {
  readonly heads: Heads;
  readonly kind?: string;
  /** Shown above the table. */
  readonly caption?: string;
  /** Names the table for those who cannot see what it stands under. */
  readonly label?: string;
  /** The rows. */
  readonly children: ComponentChildren;
}

/** A table that scrolls by itself where it is wider than the page. */
export function DataTable({ heads, kind, caption, label, children }: DataTableProps) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label ?? caption ?? heads[0]}>
      <table class={kind}>
        {caption && <caption>{caption}</caption>}
        <thead>
          <tr>{heads.map(head)}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function head(text: string) {
  const hidden = text.startsWith('-');
  return (
    <th key={text} scope="col" class={text.startsWith('#') ? 'number' : undefined}>
      <span class={hidden ? 'unseen' : undefined}>{text.replace(/^[#-]/, '')}</span>
    </th>
  );
}

/** A cell with a count; every digit is in its title, its label is shown where the table has no head. */
export function Count({ value, label }: { readonly value: number; readonly label?: string }) {
  return (
    <td class="number" title={formatExact(value)} data-label={label}>
      {formatCount(value)}
    </td>
  );
}
