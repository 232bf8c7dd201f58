/** A supervisor is given a project as a whole: a service that a push leaves out goes along as the project has it now. */
import { OsError } from '../../core/errors.ts';
import { someNames } from '../../core/some-names.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import { composeLabels } from '../desired/labels.ts';
import { readConfiguration } from '../desired/read-desired.ts';
import { pickServiceContainer } from '../running/service-container.ts';
import { hashWithFeatures } from './image-features.ts';
import type { ObservedRelease } from './observed.ts';

/** Throws OsError `usage` where a service that runs and is not in `desired` has another configuration by now. */
export async function checkLeftOut(
  engine: Pick<Engine, 'findImage'>,
  project: Project,
  desired: Pick<DesiredRelease, 'featureContext' | 'services'>,
  { containers }: Pick<ObservedRelease, 'containers'>,
  signal: AbortSignal,
): Promise<void> {
  const selected = new Set(desired.services.map(({ service }) => service));
  const changed: string[] = [];
  for (const service of project.services) {
    const { container } = pickServiceContainer(containers, service.name);
    if (selected.has(service.name) || container === undefined) continue;
    const { imageId, labels } = container;
    const configuration = await readConfiguration(project, service, imageId, desired.featureContext);
    const image = await engine.findImage(imageId, signal);
    if (hashWithFeatures(configuration, image?.labels ?? {}) !== labels[composeLabels.configHash])
      changed.push(service.name);
  }
  if (changed.length === 0) return;
  const them = changed.length > 1 ? 'them' : 'it';
  throw new OsError(
    'usage',
    `the supervisor is given ${project.name} as a whole, and this push leaves out ${someNames(changed)}, whose configuration has changed: it would recreate ${them}`,
    { hint: 'leave out --service, or undo that change first' },
  );
}
