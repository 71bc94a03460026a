/** Whether bytes are UTF-8 (Unicode, "Well-Formed UTF-8 Byte Sequences"). */
export function isUtf8(from: usize, length: i32): bool {
  const end = from + length;
  let at = from;
  while (at < end) {
    const first = load<u8>(at++);
    if (first < 0x80) continue;
    if (first < 0xc2 || first > 0xf4) return false;
    const more: usize = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (at + more > end) return false;
    // Neither longer than needed, nor half of a surrogate pair, nor beyond U+10FFFF.
    const lowest: u8 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const highest: u8 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    const second = load<u8>(at);
    if (second < lowest || second > highest) return false;
    for (let next = at + 1; next < at + more; next++) if ((load<u8>(next) & 0xc0) != 0x80) return false;
    at += more;
  }
  return true;
}
