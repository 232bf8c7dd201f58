import { findLiveDirectives } from './dockerfile/live-directives.ts';
import { toLiveBuild } from './dockerfile/live-dockerfile.ts';
import { placesIn } from './dockerfile/check-classic.ts';
import { Problems } from './problem.ts';
import type { Project } from './project.ts';
import type { Service } from './service.ts';

/**
 * Returns `project` in the form for live sync, with the directives of its Dockerfiles applied. Throws OsError
 * `project-invalid` with every invalid directive. The warnings are those of the directives alone.
 */
export function toLiveProject(project: Project): Project {
  const problems = new Problems();
  const services: Service[] = [];
  for (const service of project.services) {
    const build = service.build && toLiveBuild(service.build, problems);
    warnOfOtherCommand(service, problems);
    services.push({ ...service, build });
  }
  problems.throwIfAny(project.directory);
  return { ...project, services, warnings: problems.warnings };
}

function warnOfOtherCommand({ build, command, entrypoint }: Service, problems: Problems): void {
  if (build === undefined || (command === undefined && entrypoint === undefined)) return;
  const own = command === undefined ? 'entrypoint' : 'command';
  for (const { name, line, column } of findLiveDirectives(build.dockerfile.text))
    if (name === 'dev-cmd-live')
      problems.warn(
        placesIn(build.dockerfile)(line, column),
        `#${name}`,
        `does not run: the compose file's ${own} does`,
      );
}
