/** A tar of a few small files, in memory: POSIX ustar, where a header is 512 bytes of octal numbers. */
import type { ContainerFile } from './engine.ts';

const blockBytes = 512;

function header({ path, content, mode, uid, gid }: ContainerFile): Buffer {
  const block = Buffer.alloc(blockBytes);
  const name = Buffer.from(path.replace(/^\/+/, ''));
  if (name.length > 100) throw new Error(`too long a path for a plain tar: ${path}`);
  const octal = (value: number, offset: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), offset);
  };
  name.copy(block);
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}

export function packFiles(files: readonly ContainerFile[]): Buffer {
  const blocks = files.flatMap(file => {
    const padding = Buffer.alloc((blockBytes - (file.content.length % blockBytes)) % blockBytes);
    return [header(file), file.content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}
