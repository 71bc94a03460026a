import Table from 'cli-table3';
import type { Output } from './command-io.ts';

/** Lines without frames: the words stand out, and `grep` and `awk` can read them. */
const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Prints rows under a head, columns aligned. */
export function printTable(output: Output, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = new Table({
    head: [...head],
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map(printable));
  output.write(`${table.toString().replaceAll(/ +$/gm, '')}\n`);
}

/** Text from outside without the control characters that would steer the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, ' ');
}

/** A share as per cent. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** A number as short as it is useful; a dash for none. */
export function short(value: number | null): string {
  if (value === null) return '-';
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
