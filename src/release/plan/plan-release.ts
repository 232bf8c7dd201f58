/**
 * Planning is pure: the same project and the same device give the same plan, and after applying it the next one is
 * empty.
 */
import type { ContainerSummary } from '../../engine/objects.ts';
import type { DesiredRelease, DesiredService } from '../desired/desired.ts';
import { describeBaseVolumes } from './base-volumes.ts';
import { isEdited } from '../build/edited-mark.ts';
import { isSupervised } from '../running/supervisor.ts';
import { isMadeByOthers, isOfService, pickServiceContainer } from '../running/service-container.ts';
import type { ObservedRelease } from './observed.ts';
import { isOfOtherProject } from './check-origin.ts';
import { describeForeignOrphan } from './check-others.ts';
import { withImageFeatures } from './image-features.ts';
import { planImages } from './plan-images.ts';
import { planResources } from './plan-resources.ts';
import {
  causeToRecreate,
  planCreation,
  planRemovals,
  planReplacement,
  planUpkeep,
  provisionalName,
  type ServiceFacts,
} from './plan-service.ts';
import type { Plan, ServicePlan } from './plan.ts';

export interface PlanOptions {
  /** Every service of the project, selected or not: containers of other services are orphans. */
  readonly knownServices: readonly string[];
  /** Those of them with a scale of 0, whose containers are removed. Default: none. */
  readonly emptyServices?: readonly string[] | undefined;
  readonly removesOrphans: boolean;
  /** True: orphans that something other than `os` made are orphans too. */
  readonly takesOver?: boolean | undefined;
  /** False: the images are already built and pulled under their references. */
  readonly makesImages: boolean;
  /** True: a live session continues in containers that one has edited. */
  readonly keepsEdits?: boolean;
  /** Limits the time that an old container is given to stop. */
  readonly longestStopS?: number | undefined;
}

/** The project's volumes that the service mounts. */
const volumeNamesOf = ({ body }: DesiredService, volumes: DesiredRelease['volumes']): string[] => {
  const { Binds = [] } = body.HostConfig;
  return volumes.map(({ name }) => name).filter(name => Binds.some(bind => bind.startsWith(`${name}:`)));
};

const networkNamesOf = ({ body, furtherNetworks }: DesiredService): string[] => [
  ...Object.keys(body.NetworkingConfig?.EndpointsConfig ?? {}),
  ...furtherNetworks.map(({ network }) => network),
];

const isAwaitedToComplete = ({ services }: DesiredRelease, service: string): boolean =>
  services.some(({ dependsOn }) =>
    dependsOn.some(it => it.service === service && it.condition === 'service_completed_successfully'),
  );

/** Plans all steps after which the device runs `desired`. Throws OsError `project-invalid`, `service-failed`. */
export function planRelease(
  wantedRelease: DesiredRelease,
  observed: ObservedRelease,
  options: PlanOptions,
): Plan {
  const desired = withImageFeatures(wantedRelease, observed.images);
  const images = options.makesImages ? planImages(desired, observed) : [];
  const toMake = new Set(images.map(({ reference }) => reference));
  const isOfAny = (it: ContainerSummary, services: readonly string[] = []): boolean =>
    services.some(service => isOfService(it, service));
  const isEmptied = (it: ContainerSummary): boolean => isOfAny(it, options.emptyServices);
  const ofNoService = observed.containers.filter(it => !isOfAny(it, options.knownServices) || isEmptied(it));
  const staysAsForeign = (it: ContainerSummary): boolean => options.takesOver !== true && isMadeByOthers(it);
  const orphans = ofNoService
    .filter(container => !staysAsForeign(container))
    .map(it => ({ id: it.id, name: it.name, isRemoved: options.removesOrphans || isEmptied(it) }));
  const staying = observed.containers.filter(({ id }) => !orphans.some(it => it.isRemoved && it.id === id));
  const {
    steps: resources,
    renewedNetworks,
    notes: resourceNotes,
  } = planResources(desired, { ...observed, containers: staying });
  const notes = [
    ...images.flatMap(it => (it.action === 'build' ? describeBaseVolumes(it, observed.images) : [])),
    ...resourceNotes,
    ...(options.removesOrphans ? ofNoService.filter(staysAsForeign).map(describeForeignOrphan) : []),
  ];
  const renewedServices = new Set<string>();
  const restartedServices = new Set<string>();
  const services: ServicePlan[] = [];
  for (const wanted of desired.services) {
    const { service, containerName, image } = wanted;
    const { container, surplus } = pickServiceContainer(observed.containers, service, containerName);
    const present = observed.images.get(image.reference);
    const facts: Omit<ServiceFacts, 'isTakenOver'> = {
      isEdited: container !== undefined && options.keepsEdits !== true && isEdited(container.id, present),
      imageId: toMake.has(image.reference) ? undefined : present?.id,
      imageVolumes: toMake.has(image.reference) ? undefined : present?.volumes,
      networkNames: networkNamesOf(wanted),
      volumeNames: volumeNamesOf(wanted, desired.volumes),
      isCutOff: surplus.some(({ name }) => name === provisionalName(wanted)),
      isAwaitedToComplete: isAwaitedToComplete(desired, service),
      missedRestarts: observed.missedRestarts.get(service) ?? [],
      longestStopS: options.longestStopS,
      renewedNetworks,
      renewedServices,
      restartedServices,
    };
    const isTakenOver =
      options.takesOver === true && container !== undefined && isOfOtherProject(desired.origin, container);
    const next = planService(wanted, container, { ...facts, isTakenOver });
    const removals = planRemovals(surplus);
    if (next === undefined && removals.length === 0) continue;
    if (next?.steps.some(({ action }) => action === 'create')) renewedServices.add(service);
    if (next !== undefined) restartedServices.add(service);
    services.push({
      project: desired.project,
      service,
      containerName,
      cause: next?.cause ?? 'it has more than one container',
      after: wanted.dependsOn.map(({ service: other, condition }) => ({ service: other, condition })),
      optionalDependencies: wanted.dependsOn.flatMap(it => (it.isRequired ? [] : [it.service])),
      steps: [...removals, ...(next?.steps ?? [])],
      undo: next?.undo ?? [],
      publishedPorts: next?.publishedPorts ?? [],
    });
  }
  return { project: desired.project, images, resources, services, orphans, notes };
}

function planService(
  desired: DesiredService,
  container: ContainerSummary | undefined,
  facts: ServiceFacts,
): ServicePlan | undefined {
  if (container === undefined) return planCreation(desired, 'it has no container yet', facts);
  const cause = causeToReplace(desired, container, facts);
  return cause === undefined
    ? planUpkeep(desired, container, facts)
    : planReplacement(desired, container, cause, facts);
}

/** A supervisor names containers, networks and volumes in its own way: its containers are compared by image and digest. */
function causeToReplace(
  desired: DesiredService,
  container: ContainerSummary,
  facts: ServiceFacts,
): string | undefined {
  if (isSupervised(container))
    return causeToRecreate(desired, container, { ...facts, networkNames: [], volumeNames: [] });
  return container.name === desired.containerName
    ? causeToRecreate(desired, container, facts)
    : `its container is named ${container.name}`;
}
