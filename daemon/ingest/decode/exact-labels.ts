import { withoutMark } from './json.ts';

/** A whole number of 16 digits or more behind the name of the field; where it stands in a text, its quotes are escaped. */
const WIDE = /"label"\s*:\s*(-?[1-9]\d{15,})(?=\s*[,}])/g;

/**
 * JSON of labels in which whole numbers that a double might not hold are texts: labels are compared as text, and a number of an
 * account or a class may have more than 15 digits.
 */
export function exactLabels(body: Uint8Array): Uint8Array {
  // One character a byte, so that every byte comes out as it went in.
  const text = withoutMark(body).latin1Slice();
  const exact = text.replace(WIDE, '"label":"$1"');
  return exact === text ? body : Buffer.from(exact, 'latin1');
}
