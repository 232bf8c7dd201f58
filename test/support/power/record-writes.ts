/** Reads from strace's log what a program did to the files of a directory, in order. */
import path from 'node:path';

export type DiskStep =
  | { readonly kind: 'create' | 'remove'; readonly file: string }
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'append'; readonly file: string; readonly bytes: Buffer }
  /** Appends the next `sizeBytes` bytes of `from`. */
  | { readonly kind: 'copy'; readonly from: string; readonly file: string; readonly sizeBytes: number }
  | { readonly kind: 'rename'; readonly from: string; readonly file: string }
  | { readonly kind: 'sync-all' };

const calls =
  'openat,open,creat,write,pwrite64,writev,copy_file_range,sendfile,splice,fsync,fdatasync,syncfs,sync,rename,renameat,renameat2,unlink,unlinkat,truncate,ftruncate,link,linkat,symlinkat';

/** Words in front of a command that have its steps recorded in `log`. */
export const recording = (log: string): readonly string[] => [
  ...['strace', '-f', '-y', '-xx', '-s', '10000000', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', log],
];

const unescape = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');

/** Joins calls that another process interrupted in the log: they count where they ended. */
function* wholeCalls(log: string): Generator<string> {
  const begun = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, pid = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(text)?.[1];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    if (unfinished !== undefined) begun.set(pid, unfinished);
    else yield resumed === undefined ? text : (begun.get(pid) ?? '') + resumed;
  }
}

function toSteps(call: string): readonly DiskStep[] {
  const [, name = '', all = '', result = ''] = /^(\w+)\((.*)\)\s+= (-?\d+|0x[\da-f]+)/.exec(call) ?? [];
  if (name === '' || result.startsWith('-')) return [];
  // `3<path>` and `AT_FDCWD<path>`, and quoted text: both in hexadecimal.
  const files = [...all.matchAll(/(?:\d+|AT_FDCWD)<((?:\\x[\da-f]{2})*)>/g)].map(it =>
    unescape(it[1] ?? '').toString(),
  );
  const texts = [...all.matchAll(/"((?:\\x[\da-f]{2})*)"/g)].map(it => unescape(it[1] ?? ''));
  const named = (index: number): string =>
    path.resolve(files[index] ?? files[0] ?? '/', texts[index]?.toString() ?? '');
  const [file = ''] = files;
  switch (name) {
    case 'openat':
    case 'open':
    case 'creat':
      return /O_TRUNC|O_CREAT|O_EXCL/.test(all) || name === 'creat'
        ? [{ kind: 'create', file: named(0) }]
        : [];
    case 'write':
      return [{ kind: 'append', file, bytes: (texts[0] ?? Buffer.alloc(0)).subarray(0, Number(result)) }];
    case 'copy_file_range':
      return [{ kind: 'copy', from: file, file: files[1] ?? '', sizeBytes: Number(result) }];
    case 'sendfile':
      return [{ kind: 'copy', from: files[1] ?? '', file, sizeBytes: Number(result) }];
    case 'fsync':
    case 'fdatasync':
      return [{ kind: 'sync', file }];
    case 'sync':
    case 'syncfs':
      return [{ kind: 'sync-all' }];
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return [{ kind: 'rename', from: named(0), file: named(1) }];
    case 'unlink':
    case 'unlinkat':
      return [{ kind: 'remove', file: named(0) }];
    default:
      throw new Error(`a step that the recording cannot replay: ${name}`);
  }
}

/** Returns the steps of a log of `recording` that concern files below `directory`. */
export function readRecording(log: string, directory: string): readonly DiskStep[] {
  const isInside = (file: string): boolean => file.startsWith(`${directory}/`);
  return [...wholeCalls(log)]
    .flatMap(toSteps)
    .filter(step => step.kind === 'sync-all' || isInside(step.file));
}
