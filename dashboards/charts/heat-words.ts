import { formatNumber } from '../format-number.ts';
import { utcSpan } from '../format-time.ts';
import type { HeatCell, HeatColumn } from './heat-grid.ts';

/** A cell of the heat map in words. */
export function heatWords(subject: string, column: HeatColumn, cell: HeatCell): string {
  const place = `${subject}, ${utcSpan(column.from, column.to)} UTC`;
  const { finding } = cell;
  if (!finding) return `${place}: not judged.`;
  const open = finding.final ? '' : ' The window is still open.';
  if (finding.state === 'insufficient') return `${place}: too little data. ${finding.reason}${open}`;
  const numbers = `${finding.detector} ${formatNumber(finding.statistic)}, limit ${formatNumber(finding.limit)}`;
  return `${place}: ${finding.state === 'fail' ? 'fails' : 'passes'}, ${numbers}. ${finding.reason}${open}`;
}

export type Move = readonly [rows: number, columns: number];

const MOVES: Readonly<Record<string, Move>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [0, Number.NEGATIVE_INFINITY],
  End: [0, Number.POSITIVE_INFINITY],
};

export interface CellAt {
  readonly row: number;
  readonly column: number;
}

/** Where a key leads from a cell, kept inside the grid; null for a key that does not move. */
export function moveCell(at: CellAt, key: string, rows: number, columns: number): CellAt | null {
  const move = MOVES[key];
  if (!move || rows === 0 || columns === 0) return null;
  return { row: inside(at.row + move[0], rows), column: inside(at.column + move[1], columns) };
}

function inside(value: number, count: number): number {
  return Math.min(Math.max(value, 0), count - 1);
}
