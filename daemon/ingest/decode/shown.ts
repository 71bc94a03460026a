/** A short picture of a wrong value for its message. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'number') return String(value);
  return (JSON.stringify(value) ?? 'nothing').slice(0, 40);
}
