import { OsError } from '../../core/errors.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import { isMadeByOthers, isOfService } from '../running/service-container.ts';
import { checkOrigin } from './check-origin.ts';
import type { ObservedRelease } from './observed.ts';

export const describeForeignOrphan = ({ name }: Pick<ContainerSummary, 'name'>): string =>
  `${name} is of no service of the project and was not made by os: it stays; --take-over removes it too`;

/** For an orphan that is not the supervisor's: a target removes what the supervisor made, and nothing else. */
export const describeStayingOrphan = (name: string): string =>
  `${name} is of no service of the project and stays: the supervisor removes only what it made`;

/** For a service that the project has only with a profile, and that a supervisor runs: its target has no place for it. */
export const describeDisabled = (name: string): string =>
  `${name} is removed, as no profile enables its service: the supervisor is given the project as a whole; --profile keeps it`;

export interface OthersOptions {
  readonly takesOver?: boolean | undefined;
  /** False: the runner leaves containers of others alone, also with `takesOver`. Default: true. */
  readonly replacesOthers?: boolean;
}

/**
 * Refuses to replace containers that something else or another project made for a service, unless `takesOver` and the
 * runner can, and to start a service whose name is taken. Throws OsError `usage`, `service-failed`, before anything is sent.
 */
export function checkOthers(
  desired: DesiredRelease,
  observed: Pick<ObservedRelease, 'containers' | 'others' | 'volumes'>,
  { takesOver = false, replacesOthers = true }: OthersOptions,
): void {
  const { project, services } = desired;
  const { containers, others = [] } = observed;
  if (!takesOver) checkOrigin(desired, observed);
  for (const { service, containerName } of services) {
    const other = containers.find(it => isOfService(it, service) && isMadeByOthers(it));
    if (other !== undefined && !replacesOthers)
      throw new OsError(
        'usage',
        `the container ${other.name} of ${service} was not made by os, and the supervisor replaces its own containers alone`,
        {
          hint: `remove that container, use the engine (--runner engine --take-over), or push beside it with --project, as another project than ${project}`,
        },
      );
    if (other !== undefined && !takesOver)
      throw new OsError(
        'usage',
        `the container ${other.name} of ${service} was not made by os, and would be replaced`,
        {
          hint: `replace it with --take-over, or push beside it with --project, as another project than ${project}`,
        },
      );
    const namesake = others.find(({ name }) => name === containerName);
    if (namesake !== undefined)
      throw new OsError(
        'service-failed',
        `${service} cannot be created: ${containerName} is the name of a container that is not of this project`,
        { hint: 'rename or remove that container, or give the service another `container_name`' },
      );
  }
}
