import { encodeTarHeader } from '../../../files/tar-header.ts';
import { modeOf, type ContextEntry } from '../entry.ts';

/** Encodes all blocks that precede the content of `entry` in a context's tar. */
export const encodeHeader = (entry: ContextEntry, sizeBytes: number): Buffer =>
  encodeTarHeader({
    type: entry.type,
    name: entry.name,
    mode: modeOf(entry),
    uid: 0,
    gid: 0,
    sizeBytes,
    target: entry.type === 'symlink' ? entry.target : '',
  });
