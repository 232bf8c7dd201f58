/** The law: deciding is pure. The same project and the same device give the same plan, and a plan that was applied gives an empty one. */
import type { ContainerSummary } from '../engine/objects.ts';
import type { DesiredRelease, DesiredService } from './desired.ts';
import { isEdited } from './edited-mark.ts';
import { composeLabels } from './labels.ts';
import type { ObservedRelease } from './observed.ts';
import { planImages } from './plan-images.ts';
import {
  causeToRecreate,
  createLane,
  keepLane,
  provisionalName,
  recreateLane,
  type LaneFacts,
} from './plan-lane.ts';
import { planShared } from './plan-shared.ts';
import { isEmptyPlan, type Lane, type Plan } from './plan.ts';
import { supervisorNote } from './supervisor.ts';

export interface PlanOptions {
  /** Every service of the project, selected or not: containers of others are orphans. */
  readonly knownServices: readonly string[];
  readonly removesOrphans: boolean;
  /** What live sessions have changed is as it should be: one is to go on there. */
  readonly keepsEdits?: boolean;
}

const isOf =
  (service: string) =>
  (container: ContainerSummary): boolean =>
    container.labels[composeLabels.service] === service;

/** Names behind `volume:/path`. */
const volumeNamesOf = ({ body }: DesiredService, volumes: DesiredRelease['volumes']): string[] => {
  const binds = (body.HostConfig['Binds'] ?? []) as string[];
  return volumes.map(({ name }) => name).filter(name => binds.some(bind => bind.startsWith(`${name}:`)));
};

const networkNamesOf = ({ body, furtherNetworks }: DesiredService): string[] => [
  ...Object.keys(body.NetworkingConfig?.EndpointsConfig ?? {}),
  ...furtherNetworks.map(({ network }) => network),
];

/** The containers of a service: the one to keep or replace, and those that are too many. */
function pickOne(
  containers: readonly ContainerSummary[],
  name: string,
): { kept: ContainerSummary | undefined; surplus: readonly ContainerSummary[] } {
  const kept = containers.find(container => container.name === name) ?? containers[0];
  return { kept, surplus: containers.filter(container => container !== kept) };
}

/** Everything that is to be done so that the device runs `desired`. Throws OsError `project-invalid`. */
export function planRelease(desired: DesiredRelease, observed: ObservedRelease, options: PlanOptions): Plan {
  const images = planImages(desired, observed);
  const made = new Set(images.map(({ reference }) => reference));
  const orphans = observed.containers
    .filter(container => !options.knownServices.some(service => isOf(service)(container)))
    .map(({ id, name }) => ({ id, name, isRemoved: options.removesOrphans }));
  const staying = observed.containers.filter(({ id }) => !orphans.some(it => it.isRemoved && it.id === id));
  const { steps: shared, renewedNetworks, notes } = planShared(desired, { ...observed, containers: staying });
  const renewedServices = new Set<string>();
  const restartedServices = new Set<string>();
  const lanes: Lane[] = [];
  for (const service of desired.services) {
    const { reference } = service.image;
    const { kept, surplus } = pickOne(
      observed.containers.filter(isOf(service.service)),
      service.containerName,
    );
    const image = observed.images.get(reference);
    const facts: LaneFacts = {
      isEdited: kept !== undefined && options.keepsEdits !== true && isEdited(kept.id, image),
      imageId: made.has(reference) ? undefined : image?.id,
      networkNames: networkNamesOf(service),
      volumeNames: volumeNamesOf(service, desired.volumes),
      isCutOff: surplus.some(({ name }) => name === provisionalName(service)),
      isAwaitedToComplete: desired.services.some(({ dependsOn }) =>
        dependsOn.some(
          it => it.service === service.service && it.condition === 'service_completed_successfully',
        ),
      ),
      ...{ renewedNetworks, renewedServices, restartedServices },
    };
    const lane = laneOf(service, kept, facts);
    const removals = surplus.map(({ id, name }) => ({ do: 'remove' as const, id, name }));
    if (lane === undefined && removals.length === 0) continue;
    if (lane?.steps.some(({ do: verb }) => verb === 'create')) renewedServices.add(service.service);
    if (lane !== undefined) restartedServices.add(service.service);
    lanes.push({
      service: service.service,
      cause: lane?.cause ?? 'it has more than one container',
      after: service.dependsOn.map(({ service: other, condition }) => ({ service: other, condition })),
      steps: [...removals, ...(lane?.steps ?? [])],
      undo: lane?.undo ?? [],
    });
  }
  const plan = { project: desired.project, images, shared, lanes, orphans, notes };
  return observed.supervisor === undefined || isEmptyPlan(plan)
    ? plan
    : { ...plan, notes: [...notes, supervisorNote(observed.supervisor)] };
}

function laneOf(
  service: DesiredService,
  container: ContainerSummary | undefined,
  facts: LaneFacts,
): Lane | undefined {
  if (container === undefined) return createLane(service, 'it has no container yet');
  const cause =
    container.name === service.containerName
      ? causeToRecreate(service, container, facts)
      : `its container is named ${container.name}`;
  return cause === undefined ? keepLane(service, container, facts) : recreateLane(service, container, cause);
}
