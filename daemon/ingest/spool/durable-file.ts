import { open, type FileHandle } from 'node:fs/promises';

/** Writes parts one behind the other from a position on, to the last byte. @returns how many bytes that are */
export async function writeParts(handle: FileHandle, parts: readonly Uint8Array[], position: number): Promise<number> {
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const { bytesWritten } = await handle.writev([...parts], position);
  if (bytesWritten === size) return size;
  // A disk that is nearly full, or a signal: what is left goes in one piece, or tells why it cannot.
  const rest = Buffer.concat(parts).subarray(bytesWritten);
  for (let written = 0; written < rest.length;) {
    const more = await handle.write(rest, written, rest.length - written, position + bytesWritten + written);
    written += more.bytesWritten;
  }
  return size;
}

/** Writes a file and makes its content durable; its name is only once the directory is synced. */
export async function writeDurably(path: string, parts: readonly Uint8Array[]): Promise<number> {
  const handle = await open(path, 'w');
  try {
    const size = await writeParts(handle, parts, 0);
    await handle.datasync();
    return size;
  } finally {
    await handle.close();
  }
}

/** Makes names in a directory durable: creations, renames and removals. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
