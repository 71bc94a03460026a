import { describe, expect, it } from 'vitest';
import { letGo, PageMemory } from '../../../daemon/store/page-memory.ts';

describe('the memory of pages', () => {
  it('gives out places that do not overlap and fit numbers of eight bytes', () => {
    const memory = new PageMemory();
    for (let round = 0; round < 3; round++) {
      const taken = [3, 16, 1, 0, 1000].map((bytes) => memory.take(bytes));
      for (const [at, bytes] of taken.entries()) bytes.fill(at + 1);
      expect(taken.map(({ byteLength }) => byteLength)).toEqual([3, 16, 1, 0, 1000]);
      expect(taken.every(({ buffer, byteOffset }) => buffer instanceof SharedArrayBuffer && byteOffset % 8 === 0)).toBe(
        true,
      );
      for (const [at, bytes] of taken.entries()) expect(bytes.every((byte) => byte === at + 1)).toBe(true);
      memory.free();
    }
  });

  it('is the same memory again once it was freed, and never before', () => {
    const memory = new PageMemory();
    memory.take(1000);
    memory.free();
    const [first, second] = [memory.take(600), memory.take(300)];
    expect(second.buffer).toBe(first.buffer);
    expect(second.byteOffset).toBe(600);
    // More than there is: elsewhere, and the next time in one place.
    const third = memory.take(5000);
    expect(third.buffer).not.toBe(first.buffer);
    memory.free();
    const again = memory.take(5900);
    expect(memory.take(8).buffer).toBe(again.buffer);
  });

  it('lets bytes go at once, and leaves those alone that are a part of something', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 100; n++) {
      const bytes = new Uint8Array(10_000_000);
      letGo(bytes);
      expect(bytes.byteLength).toBe(0);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    }
    const part = new Uint8Array(16).subarray(8);
    letGo(part);
    expect(part.byteLength).toBe(8);
  });
});
