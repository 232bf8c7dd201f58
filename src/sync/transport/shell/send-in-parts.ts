/** A large file is put together beside its place, a part a frame, and renamed into it when it is whole. */
import { OsError } from '../../../core/errors.ts';
import type { OpenFile } from '../../../project/context/content/read-file.ts';
import { modeOf, type FileChange } from '../change.ts';
import type { Frame } from './frame.ts';
import { CheckedDirectories, ownerLines } from './checked-directories.ts';
import { parentOf } from '../mount-points.ts';
import { blobLimitBytes } from './shell-loop.ts';
import { word } from './words.ts';

const noBytes = Buffer.alloc(0);

/** Yields what `file` holds from `offsetBytes` on, in pieces of a frame's size. */
async function* piecesOf(file: OpenFile, offsetBytes: number): AsyncGenerator<Buffer> {
  let skippedBytes = 0;
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of file.chunks()) {
    let rest = chunk.subarray(Math.min(chunk.length, offsetBytes - skippedBytes));
    skippedBytes += chunk.length - rest.length;
    while (rest.length > 0) {
      const part = rest.subarray(0, blobLimitBytes - sizeBytes);
      rest = rest.subarray(part.length);
      parts.push(part);
      sizeBytes += part.length;
      if (sizeBytes < blobLimitBytes) continue;
      yield Buffer.concat(parts);
      parts = [];
      sizeBytes = 0;
    }
  }
  if (sizeBytes > 0) yield Buffer.concat(parts);
}

/** Yields the frames that send `file`; those of a file that was sent up to `offsetBytes` before send the rest of it. */
export async function* sendInParts(
  change: FileChange,
  file: OpenFile,
  offsetBytes = 0,
): AsyncGenerator<Frame> {
  const { path } = change;
  const staged = `${word(parentOf(path).replace(/\/$/, ''))}/$own.part`;
  if (offsetBytes === 0) {
    const old = `[ ! -s "$d/parts" ] || rm -f -- "$(cat "$d/parts")"\n`;
    const begin = `${new CheckedDirectories().ensureParent(path)}${old}rm -f -- ${staged}\nprintf %s ${staged} >"$d/parts"\n`;
    yield { script: begin, blob: noBytes };
  }
  let sentBytes = offsetBytes;
  try {
    for await (const blob of piecesOf(file, offsetBytes)) {
      sentBytes += blob.length;
      yield { script: `cat "$b" >>${staged}\n`, blob };
    }
  } catch (error) {
    // The file became shorter, which is another edit: that one sends it.
    if (error instanceof OsError && error.code === 'project-invalid') return;
    throw error;
  }
  const isWhole = `[ "$(wc -c <${staged})" -eq ${sentBytes.toString()} ]`;
  const place = `chmod ${modeOf(change)} ${staged}\n${ownerLines(change, staged)}place ${staged} ${word(path)}\n`;
  yield { script: `${new CheckedDirectories().checkParent(path)}${isWhole}\n${place}`, blob: noBytes };
}
