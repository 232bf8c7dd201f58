/** Headers in the format of GNU tar, whose names are plain bytes of any length; busybox and the engine read it too. */
import { bytesOf, type ByteName } from '../byte-names.ts';
import type { EntryHeader } from './entry.ts';
import { writeChecksum, writeNumber } from '../../files/tar-fields.ts';
import { blockBytes, paddingOf } from '../../files/tar-header.ts';

const flags = { file: '0', link: '1', symlink: '2', directory: '5' } as const;
const nameBytes = 100;

interface Block extends Omit<EntryHeader, 'type'> {
  readonly flag: string;
}

/** Longer names are cut off: a block before has the whole of them. */
function encodeBlock({ flag, name, linkname, mode, uid, gid, sizeBytes, mtimeS }: Block): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, nameBytes, 'latin1');
  writeNumber(mode & 0o7777, 8).copy(block, 100);
  writeNumber(uid, 8).copy(block, 108);
  writeNumber(gid, 8).copy(block, 116);
  writeNumber(sizeBytes, 12).copy(block, 124);
  writeNumber(mtimeS, 12).copy(block, 136);
  block.write(flag, 156);
  block.write(linkname, 157, nameBytes, 'latin1');
  block.write('ustar  \0', 257);
  writeChecksum(block);
  return block;
}

function longName(flag: 'L' | 'K', name: ByteName): Buffer[] {
  const bytes = Buffer.concat([bytesOf(name), Buffer.alloc(1)]);
  const none = { mode: 0, uid: 0, gid: 0, mtimeS: 0, linkname: '' };
  const header = encodeBlock({ ...none, flag, name: '././@LongLink', sizeBytes: bytes.length });
  return [header, bytes, paddingOf(bytes.length)];
}

/** All blocks that precede the content. A directory's name gets the `/` at its end. */
export function encodeHeader(header: EntryHeader & { readonly type: keyof typeof flags }): Buffer {
  const name = header.type === 'directory' ? `${header.name.replace(/\/$/, '')}/` : header.name;
  const block = encodeBlock({ ...header, name, flag: flags[header.type] });
  if (name.length <= nameBytes && header.linkname.length <= nameBytes) return block;
  return Buffer.concat([
    ...(header.linkname.length > nameBytes ? longName('K', header.linkname) : []),
    ...(name.length > nameBytes ? longName('L', name) : []),
    block,
  ]);
}

/** The two blocks of zeros that end a tar. */
export const endOfTar = Buffer.alloc(2 * blockBytes);
