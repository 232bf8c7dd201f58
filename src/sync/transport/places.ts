/** Where a container's paths are: below which of the roots that are kept in sync, and on which file system. */
import type { Mount } from './transport.ts';

const isBelow = (path: string, directory: string): boolean =>
  directory === '/' || path === directory || path.startsWith(`${directory}/`);

const longest = (directories: readonly string[], path: string): string =>
  directories.filter(it => isBelow(path, it)).reduce((a, b) => (b.length > a.length ? b : a), '/');

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** From there on a link would lead out of what is kept in sync. A root itself may be a link, as it may for COPY. */
export const rootOf = (roots: readonly string[], path: string): string =>
  roots.includes(path) ? parentOf(path) : longest(roots, path);

/** What a person had better know of the mounts that have any of `paths`. */
export function describeMounts(mounts: readonly Mount[], paths: readonly string[]): string[] {
  const own = mounts.filter(it => it.path !== '/');
  const used = new Set(paths.map(it => mountPointOf(own, parentOf(it))));
  return own
    .filter(it => used.has(it.path))
    .map(({ type, path }) =>
      type === 'tmpfs'
        ? `${path} is a tmpfs in the container: what is synced there is gone when it starts again, until a live session brings it again`
        : `${path} is a volume in the container: what is synced there stays when the service is built anew`,
    );
}

/** The mount point that has `directory`: what is put together there can be renamed into its place. */
export const mountPointOf = (mounts: readonly Mount[], directory: string): string =>
  longest(
    mounts.map(it => it.path),
    directory,
  );

/** Whether what is at `path` is gone when the container starts again. */
export function isTemporary(mounts: readonly Mount[], path: string): boolean {
  const mountPoint = mountPointOf(mounts, parentOf(path));
  return mounts.some(it => it.path === mountPoint && it.type === 'tmpfs');
}
