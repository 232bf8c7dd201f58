import type { Mount } from '../../project/mount.ts';
import type { Remarks } from './remarks.ts';

export interface WrittenMounts {
  readonly volumes: readonly (string | object)[];
  readonly tmpfs: readonly string[];
}

/**
 * Writes volumes in the short form alone: a long one with `read_only` makes the supervisor recreate the container
 * endlessly.
 */
export function writeMounts(mounts: readonly Mount[], remarks: Remarks): WrittenMounts {
  const volumes: (string | object)[] = [];
  const tmpfs: string[] = [];
  for (const mount of mounts) {
    switch (mount.type) {
      case 'volume':
        if (mount.isNoCopy && mount.isReadOnly)
          remarks.refuse('volumes', `${mount.target}: the supervisor can't have both nocopy and read_only`);
        else volumes.push(writeVolume(mount));
        if (mount.volume === undefined && mount.isReadOnly)
          remarks.warn('volumes', `${mount.target}: the supervisor mounts an anonymous volume writable`);
        break;
      case 'bind':
        remarks.refuse(
          'volumes',
          `${mount.source}:${mount.target}: the supervisor drops bind mounts; use a named volume or a feature label`,
        );
        break;
      case 'tmpfs':
        if (mount.options !== undefined || mount.mode !== undefined)
          remarks.refuse('tmpfs', `${mount.target}: the supervisor takes options for a part of the path`);
        else if (mount.sizeBytes === undefined) tmpfs.push(mount.target);
        else volumes.push({ type: 'tmpfs', target: mount.target, tmpfs: { size: mount.sizeBytes } });
        if (mount.isReadOnly) remarks.warn('tmpfs', `${mount.target}: the supervisor mounts it writable`);
        break;
    }
  }
  return { volumes, tmpfs };
}

function writeVolume({
  volume,
  target,
  isReadOnly,
  isNoCopy,
}: Extract<Mount, { readonly type: 'volume' }>): string | object {
  if (volume === undefined) return target;
  if (isNoCopy) return { type: 'volume', source: volume, target, volume: { nocopy: true } };
  return `${volume}:${target}${isReadOnly ? ':ro' : ''}`;
}
