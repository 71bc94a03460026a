let most: i32 = 0;
let records: i32 = 0;

export function limitRecords(ofBody: i32): void {
  most = ofBody;
}

export function forgetRecords(): void {
  records = 0;
}

/** Counts one record more of a body, as the reader in JavaScript does. @returns false beyond the limit */
export function countRecord(): bool {
  return ++records <= most;
}
