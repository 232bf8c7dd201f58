import { readFile } from 'node:fs/promises';
import { messageOf, OsError } from '../core/errors.ts';
import type { ContainerFile } from '../engine/engine.ts';
import type { Project } from '../project/project.ts';
import type { Service } from '../project/service.ts';

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
      const { source } = found;
      const content =
        'content' in source
          ? Buffer.from(source.content)
          : await readFile(source.file).catch((error: unknown) => {
              throw new OsError('project-invalid', `cannot read ${source.file}: ${messageOf(error)}`, {
                cause: error,
              });
            });
      return {
        path: use.target,
        content,
        mode: use.mode ?? 0o444,
        uid: Number(use.uid ?? 0),
        gid: Number(use.gid ?? 0),
      };
    }),
  );
}
