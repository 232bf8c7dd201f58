import { toImageName } from '../../project/image-reference.ts';
import type { Project } from '../../project/project.ts';
import type { Service } from '../../project/service.ts';

/** Same naming as docker compose v2. */
export const containerNameOf = (project: Pick<Project, 'name'>, service: Service): string =>
  service.containerName ?? `${project.name}-${service.name}-1`;

export const imageNameOf = (project: Pick<Project, 'name'>, service: Service): string =>
  service.image ?? toImageName(`${project.name}-${service.name}`);
