import path from 'node:path';
import type { Mount } from '../../../mount.ts';
import type { Cursor } from '../../../yaml/cursor.ts';
import { parseMode } from '../../../yaml/units.ts';

/** `volumes` and `tmpfs` of a service, one mount for each path: the last that is written for it. */
export function readMounts(service: Cursor): Mount[] {
  const written = service
    .at('volumes')
    .items()
    .flatMap(item => (item.isMapping ? readLong(item) : readShort(item)));
  const mounts = lastOfEachTarget(written);
  const tmpfs = service
    .at('tmpfs')
    .texts()
    .map((text): Mount => {
      const [target = '', options] = text.split(/:(.*)/s);
      return {
        type: 'tmpfs',
        target: normalTarget(target),
        isReadOnly: false,
        sizeBytes: undefined,
        mode: undefined,
        options,
      };
    });
  for (const { target } of tmpfs)
    if (mounts.some(it => it.target === target))
      service.at('tmpfs').fail(`${target} is a mount of "volumes" too: keep one of them`);
  return [...mounts, ...lastOfEachTarget(tmpfs)];
}

const lastOfEachTarget = (mounts: readonly Mount[]): Mount[] => [
  ...new Map(mounts.map(it => [it.target, it])).values(),
];

const normalTarget = (target: string): string => path.posix.normalize(target).replace(/(?<=.)\/$/, '');

const isHostPath = (source: string): boolean => /^[./~]/.test(source) || /^[A-Za-z]:[\\/]/.test(source);

/** `/data`, `name:/data`, `/host:/data:ro` */
function readShort(item: Cursor): Mount[] {
  const text = item.text() ?? '';
  const parts = text.split(':');
  const [source, target, ...options]: (string | undefined)[] = parts.length === 1 ? [undefined, text] : parts;
  if (!target?.startsWith('/') || options.length > 1) {
    item.fail(`${JSON.stringify(text)} is not a mount: write it like name:/path or /on/the/device:/path:ro`);
    return [];
  }
  const flags = options.flatMap(it => (it ?? '').split(','));
  const mounted = { target: normalTarget(target), isReadOnly: flags.includes('ro') };
  const propagation = flags.find(it => /^r?(?:shared|slave|private)$/.test(it));
  const known = ['ro', 'rw', 'nocopy', 'z', 'Z', 'consistent', 'cached', 'delegated', propagation];
  for (const flag of flags.filter(it => !known.includes(it)))
    item.fail(`unknown mount option ${JSON.stringify(flag)}`);
  if (source === undefined || !isHostPath(source))
    return [{ type: 'volume', volume: source, isNoCopy: flags.includes('nocopy'), ...mounted }];
  return bind(item, source, { ...mounted, propagation, isCreated: true });
}

type BindParts = Pick<
  Extract<Mount, { readonly type: 'bind' }>,
  'target' | 'isReadOnly' | 'propagation' | 'isCreated'
>;

/** Variables that name directories of this machine. */
const ownDirectories = ['PWD', 'HOME'];

/** Directories that nobody takes for those of this machine. */
const kernelDirectories = /^\/(?:dev|proc|sys|run|var\/run)(?:\/|$)/;

/** True if the device can mount `source`, which `item` says; else a problem. */
export function checkHostPath(item: Cursor, source: string): boolean {
  const { tree } = item.isMapping ? item.at('source') : item;
  const variables = tree?.kind === 'scalar' ? tree.variables : undefined;
  const isOwn = !source.startsWith('/') || ownDirectories.some(it => variables?.has(it));
  if (isOwn)
    item.fail(
      `${JSON.stringify(source)} is a path of this machine, which a device cannot mount: COPY it into the image, where edits are synced, or write a path of the device`,
    );
  else if (!kernelDirectories.test(source))
    item.warn(`${source} is a path on the device, not on this machine`);
  return !isOwn;
}

function bind(item: Cursor, source: string, parts: BindParts): Mount[] {
  if (!checkHostPath(item, source)) return [];
  return [{ type: 'bind', source: path.posix.normalize(source), isOptional: false, ...parts }];
}

function readLong(item: Cursor): Mount[] {
  const type = item.at('type').text();
  const source = item.at('source').text();
  const target = item.at('target').text();
  if (!target?.startsWith('/')) {
    item.fail(
      target === undefined
        ? 'lacks "target", the path in the container'
        : `${target} is not an absolute path`,
    );
    return [];
  }
  const mounted = { target: normalTarget(target), isReadOnly: item.at('read_only').bool() ?? false };
  switch (type) {
    case 'volume':
      return [{ type, volume: source, isNoCopy: item.at('volume', 'nocopy').bool() ?? false, ...mounted }];
    case 'tmpfs': {
      const mode = item.at('tmpfs', 'mode');
      const sizeBytes = item.at('tmpfs', 'size').bytes();
      return [{ type, sizeBytes, mode: readMode(mode), options: undefined, ...mounted }];
    }
    case 'bind':
      if (source === undefined) item.fail('lacks "source", a path of the device');
      return source === undefined
        ? []
        : bind(item, source, {
            ...mounted,
            propagation: item.at('bind', 'propagation').text(),
            isCreated: item.at('bind', 'create_host_path').bool() ?? true,
          });
    case undefined:
      return [];
    default:
      item.at('type').fail(`mounts of type ${type} are not for a device's engine`);
      return [];
  }
}

/** Permission bits; octal when written as text. */
export function readMode(cursor: Cursor): number | undefined {
  const { tree } = cursor;
  if (tree?.kind !== 'scalar') return undefined;
  const value = typeof tree.value === 'number' ? tree.value : String(tree.value);
  return cursor.expect(parseMode(value), `${JSON.stringify(tree.value)} is not a mode: write it like 0444`);
}
