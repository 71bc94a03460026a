import type { TallyRules } from '../../shadow/tally.ts';
import { ClassLedger, type ClassLedgerRecord, type ComparedClasses } from './class-ledger.ts';
import { Ledger, type LedgerRecord } from './replay-ledger.ts';

/** The books of scored traffic: of models with one score, or of models that tell classes apart. */
export type Books = Ledger | ClassLedger;
export type BooksRecord = LedgerRecord | ClassLedgerRecord;

/** What decides how books are kept. */
export interface BookRules extends TallyRules {
  /** Classes that are compared; null, or nothing, for models with one score. */
  readonly classes?: ComparedClasses | null;
}

/** @param kept what was counted before; @param self as of both kinds */
export function openBooks({ classes = null, ...rules }: BookRules, kept: BooksRecord | null, self: boolean): Books {
  if (classes !== null) return new ClassLedger(classes, kept !== null && 'classes' in kept ? kept : null, self);
  return new Ledger(rules, kept !== null && 'tally' in kept ? kept : null, self);
}
