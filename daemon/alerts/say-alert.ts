import { findDetector } from '../../detectors/find-detector.ts';
import type { DetectorKind } from '../../detectors/detector.ts';
import { ALL } from '../../detectors/terms.ts';

const HAPPENED: Readonly<Record<DetectorKind, string>> = {
  drift: 'drifted',
  quality: 'has bad data',
  latency: 'is too slow',
  accuracy: 'lost accuracy',
};

/** What an alert is about: a feature, an operation, the score, the labels, or the model as a whole. */
export function sayWho(subject: string, detector: string): string {
  if (subject !== '') return subject;
  const known = findDetector(detector);
  return known?.headline?.about ?? (known?.subject === 'score' ? 'the score' : 'the model');
}

/** What happened to a subject, in two or three words: `amount drifted`, `checkout/charge is too slow`. */
export function sayHeadline(subject: string, detector: string): string {
  const known = findDetector(detector);
  const happened =
    known?.headline?.happened ?? (known === undefined ? `fails ${sayDetector(detector)}` : HAPPENED[known.kind]);
  return `${sayWho(subject, detector)} ${happened}`;
}

/** A detector as people write it: acronyms in capitals, words apart. */
export function sayDetector(detector: string): string {
  return detector
    .split('_')
    .map((word) => (ACRONYMS.has(word) ? word.toUpperCase() : word))
    .join(' ');
}

const ACRONYMS = new Set(['psi', 'ks', 'js', 'auc', 'roc', 'pr', 'slo', 'ece', 'p50', 'p95', 'p99']);

/** `in region=EU`; `in all traffic` for the slice that holds every record. */
export function saySlice(slice: string): string {
  return slice === ALL ? 'in all traffic' : `in ${slice}`;
}

/** `24 Nov 2026, 03:12 UTC`. */
export function sayTime(at: number): string {
  const text = new Date(at).toUTCString();
  return `${text.slice(5, 7).replace(/^0/, '')} ${text.slice(8, 16)}, ${text.slice(17, 22)} UTC`;
}

/** A stretch as text, without what goes without saying: `24 Nov 2026, 03:00 to 04:00 UTC`, `17 Nov to 24 Nov 2026 UTC`. */
export function sayWindow(from: number, to: number): string {
  const [start, end] = [momentOf(from), momentOf(to)];
  if (start.day === end.day && start.year === end.year)
    return `${start.day} ${start.year}, ${start.clock} to ${end.clock} UTC`;
  const midnights = start.clock === '00:00' && end.clock === '00:00';
  const year = start.year === end.year ? '' : ` ${start.year}`;
  const [startClock, endClock] = midnights ? ['', ''] : [` ${start.clock}`, ` ${end.clock}`];
  return `${start.day}${year}${startClock} to ${end.day} ${end.year}${endClock} UTC`;
}

function momentOf(at: number): Moment {
  const date = new Date(at);
  return {
    day: `${date.getUTCDate()} ${date.toUTCString().slice(8, 11)}`,
    year: date.getUTCFullYear(),
    clock: date.toISOString().slice(11, 16),
  };
}

interface Moment {
  readonly day: string;
  readonly year: number;
  readonly clock: string;
}

/** How long something has lasted, in its largest one or two units: `14 min`, `2 h 5 min`, `3 days`. */
export function sayLength(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

/** User text for one line: control characters (line breaks, which would end a mail header, among them) become spaces. */
export function oneLine(text: string, longest: number): string {
  // oxlint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`;
}
