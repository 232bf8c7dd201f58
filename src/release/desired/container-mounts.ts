import type { EngineMount } from '../../engine/container-body.ts';
import type { Mount } from '../../project/mount.ts';
import type { Project } from '../../project/project.ts';

/** Mounts in the engine's form: the old one (`Binds`) if it can express them all, else the new one. */
export interface EngineMounts {
  readonly Binds: string[];
  readonly Mounts: EngineMount[];
  readonly Tmpfs: Record<string, string>;
  /** `Config.Volumes`: anonymous volumes. */
  readonly anonymous: string[];
  /** Sources that the device may lack: such a mount is then left out. */
  readonly optional: string[];
}

const joinOptions = (...options: (string | false | undefined)[]): string => {
  const given = options.filter(option => option !== undefined && option !== false && option !== '');
  return given.length === 0 ? '' : `:${given.join(',')}`;
};

/** Converts `mounts` to the engine's form; volumes by the names they have on the device. */
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
            Type: 'bind',
            Source: mount.source,
            Target: target,
            ReadOnly: isReadOnly,
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
