/**
 * Services that another tool gave the on-device supervisor to run. They bear no project of compose: their project is the
 * app's name. They are shown, and never touched.
 */
import type { Engine } from '../../engine/engine.ts';
import type { ContainerDetails } from '../../engine/objects.ts';
import { composeLabels } from '../desired/labels.ts';
import { toService, type RunningService } from './project-services.ts';

/** Labels of containers that a supervisor made: of its app, and of the service. */
export const supervisedLabels = {
  app: 'io.balena.app-id',
  service: 'io.balena.service-name',
} as const;

/** The name of the app that a supervised container belongs to: a variable of it has that. */
export const appNameOf = ({
  environment,
  labels,
}: Pick<ContainerDetails, 'environment' | 'labels'>): string =>
  environment['BALENA_APP_NAME'] ??
  environment['RESIN_APP_NAME'] ??
  `app ${labels[supervisedLabels.app] ?? ''}`;

export interface SupervisedService extends RunningService {
  readonly appId: string;
}

/** Those of the app named `project`; undefined for all. */
export async function listSupervisedServices(
  engine: Pick<Engine, 'getContainer' | 'listContainers'>,
  project: string | undefined,
  signal: AbortSignal,
): Promise<SupervisedService[]> {
  const containers = await engine.listContainers({ [supervisedLabels.app]: undefined }, signal);
  const foreign = containers.filter(({ labels }) => labels[composeLabels.project] === undefined);
  const services = await Promise.all(
    foreign.map(async (container): Promise<SupervisedService> => {
      const { [supervisedLabels.app]: appId = '', [supervisedLabels.service]: service = '' } =
        container.labels;
      const name = appNameOf(await engine.getContainer(container.id, signal));
      return { ...toService(container), project: name, service, appId };
    }),
  );
  const key = ({ project: of, service }: RunningService): string => `${of}\0${service}`;
  return services
    .filter(it => project === undefined || it.project === project)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
