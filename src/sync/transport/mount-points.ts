/** Finds the file system that each path of a container is on. */
import type { Mount } from './transport.ts';

const isBelow = (path: string, directory: string): boolean =>
  directory === '/' || path === directory || path.startsWith(`${directory}/`);

const longest = (directories: readonly string[], path: string): string =>
  directories.filter(it => isBelow(path, it)).reduce((a, b) => (b.length > a.length ? b : a), '/');

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** Returns messages about the mounts that have any of `paths`, if a person should know of them. */
export function describeMounts(mounts: readonly Mount[], paths: readonly string[]): string[] {
  const own = mounts.filter(it => it.path !== '/');
  const used = new Set(paths.map(it => mountPointOf(own, parentOf(it))));
  return own
    .filter(it => used.has(it.path))
    .map(({ type, path }) =>
      type === 'tmpfs'
        ? `${path} is a tmpfs in the container: what is synced there is gone when it starts again, until a live session syncs it again`
        : `${path} is a volume in the container: what is synced there stays when the service is rebuilt`,
    );
}

/** Returns the mount point that has `directory`: files can be renamed from anywhere else on it. */
export const mountPointOf = (mounts: readonly Mount[], directory: string): string =>
  longest(
    mounts.map(it => it.path),
    directory,
  );

/** True if what is at `path` is gone when the container starts again. */
export function isTemporary(mounts: readonly Mount[], path: string): boolean {
  const mountPoint = mountPointOf(mounts, parentOf(path));
  return mounts.some(it => it.path === mountPoint && it.type === 'tmpfs');
}
