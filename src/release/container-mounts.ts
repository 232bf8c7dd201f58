import type { Mount } from '../project/mount.ts';
import type { Project } from '../project/project.ts';

/** Mounts as the engine takes them: in the old form (`Binds`) where it can tell all there is, else in the new one. */
export interface EngineMounts {
  readonly Binds: string[];
  readonly Mounts: Record<string, unknown>[];
  readonly Tmpfs: Record<string, string>;
  /** Of `Config.Volumes`: anonymous ones. */
  readonly anonymous: string[];
  /** Sources that the device may lack: such a mount is then left out. */
  readonly optional: string[];
}

const joinOptions = (...options: (string | false | undefined)[]): string => {
  const given = options.filter(option => option !== undefined && option !== false && option !== '');
  return given.length === 0 ? '' : `:${given.join(',')}`;
};

/** What `mounts` are to the engine; volumes by the names they have on the device. */
export function toEngineMounts(mounts: readonly Mount[], volumes: Project['volumes']): EngineMounts {
  const out: EngineMounts = { Binds: [], Mounts: [], Tmpfs: {}, anonymous: [], optional: [] };
  for (const mount of mounts) {
    const { target, isReadOnly } = mount;
    switch (mount.type) {
      case 'volume': {
        const volume = volumes.find(({ key }) => key === mount.volume);
        if (mount.volume === undefined) out.anonymous.push(target);
        else {
          const name = volume?.name ?? mount.volume;
          out.Binds.push(
            `${name}:${target}${joinOptions(isReadOnly ? 'ro' : 'rw', mount.isNoCopy && 'nocopy')}`,
          );
        }
        break;
      }
      case 'bind':
        if (mount.isOptional) out.optional.push(mount.source);
        if (mount.isCreated)
          out.Binds.push(
            `${mount.source}:${target}${joinOptions(isReadOnly ? 'ro' : 'rw', mount.propagation)}`,
          );
        else
          out.Mounts.push({
            ...{ Type: 'bind', Source: mount.source, Target: target, ReadOnly: isReadOnly },
            ...(mount.propagation === undefined ? {} : { BindOptions: { Propagation: mount.propagation } }),
          });
        break;
      case 'tmpfs': {
        const { options, sizeBytes, mode } = mount;
        out.Tmpfs[target] = joinOptions(
          options,
          isReadOnly && 'ro',
          sizeBytes === undefined ? undefined : `size=${sizeBytes.toString()}`,
          mode === undefined ? undefined : `mode=${mode.toString(8)}`,
        ).slice(1);
        break;
      }
    }
  }
  return out;
}
