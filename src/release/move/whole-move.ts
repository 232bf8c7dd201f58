/** A move ends all services of a project where it runs: a push of some of them would lose the others. */
import { OsError } from '../../core/errors.ts';
import { someNames } from '../../core/some-names.ts';
import type { Project } from '../../project/project.ts';
import { selectServices } from '../running/select-services.ts';
import { nameOf, type Move, type PresentRunner } from './move-runner.ts';

/**
 * Returns the move with the services that go for good, as the project has none of their names. Throws OsError `usage` where the push
 * leaves out a service that runs; `names` are those of the push, empty for all.
 */
export function toWholeMove(
  move: Move,
  { services }: Pick<PresentRunner, 'services'>,
  project: Project,
  names: readonly string[],
): Move {
  const isIn = (list: readonly { readonly name: string }[], service: string): boolean =>
    list.some(({ name }) => name === service);
  const selected = selectServices(project, names);
  const leftOut = services.filter(it => isIn(project.services, it) && !isIn(selected, it));
  if (leftOut.length > 0)
    throw new OsError(
      'usage',
      `${move.project} is moved to ${nameOf(move.to)} as a whole, and this push leaves out ${someNames(leftOut)}`,
      { hint: 'leave out --service; a later push may have it again' },
    );
  return { ...move, orphans: services.filter(it => !isIn(project.services, it)) };
}
