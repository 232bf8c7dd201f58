import path from 'node:path';
import { OsError } from '../../core/errors.ts';
import { readGivenFile } from '../../state/given-file.ts';
import type { ContainerFile } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import type { Service } from '../../project/service.ts';

const isBelow = (file: string, directory: string): boolean =>
  directory === '/' || file === directory || file.startsWith(`${directory.replace(/\/+$/, '')}/`);

/**
 * The volume that a file has to be written by, if any. Files are copied into the container before it starts. A tmpfs hides
 * its own path, and the engine writes nothing to a read-only root or volume; a volume of a container with a read-only root
 * accepts what is written to its own path. Throws OsError `project-invalid` for a file that the service would not see.
 */
function findVolume({ name, mounts, isReadOnly }: Service, target: string): string | undefined {
  const over = mounts
    .filter(mount => isBelow(target, mount.target))
    .reduce<Service['mounts'][number] | undefined>(
      (deepest, mount) =>
        deepest === undefined || mount.target.length >= deepest.target.length ? mount : deepest,
      undefined,
    );
  if (over?.type === 'tmpfs')
    throw new OsError(
      'project-invalid',
      `services.${name}: ${target} lies below the tmpfs ${over.target}, which hides it`,
      {
        hint: 'give the secret or config a `target` outside of the tmpfs, or mount the tmpfs elsewhere',
      },
    );
  if (over?.isReadOnly === true)
    throw new OsError(
      'project-invalid',
      `services.${name}: ${target} cannot be written, as the volume at ${over.target} is read-only there`,
      {
        hint: 'give the secret or config a `target` outside of the volume, or mount the volume writable',
      },
    );
  if (isReadOnly && over === undefined)
    throw new OsError(
      'project-invalid',
      `services.${name}: ${target} cannot be written, as the service is read_only`,
      {
        hint: `mount a volume at ${path.posix.dirname(target)}, or take read_only out of the service`,
      },
    );
  return isReadOnly ? over?.target : undefined;
}

/** The secrets and configs of `service`, read from this machine. Throws OsError `project-invalid`. */
export async function readServiceFiles(project: Project, service: Service): Promise<ContainerFile[]> {
  const uses = [
    ...service.secrets.map(use => ({ use, from: project.secrets })),
    ...service.configs.map(use => ({ use, from: project.configs })),
  ];
  return Promise.all(
    uses.map(async ({ use, from }) => {
      const found = from.find(({ key }) => key === use.source);
      if (found === undefined)
        throw new OsError(
          'project-invalid',
          `services.${service.name}: there is no secret or config ${use.source}`,
        );
      const volume = findVolume(service, use.target);
      const { source } = found;
      const content =
        'content' in source
          ? Buffer.from(source.content)
          : await readGivenFile(source.file, { code: 'project-invalid' });
      return {
        path: use.target,
        content,
        mode: use.mode ?? 0o444,
        uid: Number(use.uid ?? 0),
        gid: Number(use.gid ?? 0),
        ...(volume !== undefined && { volume }),
      };
    }),
  );
}
