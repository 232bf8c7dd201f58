import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { ports as devicePorts } from '../../net/ports.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import { composeLabels } from '../desired/labels.ts';
import type { ServicePlan } from '../plan/plan.ts';
import { appNameOf } from '../running/supervised-apps.ts';
import { findSupervisor, isSupervised } from '../running/supervisor.ts';

type HolderEngine = Pick<Engine, 'getContainer' | 'listContainers'>;

/** Names what holds a port that `plan` publishes, with what to type; undefined if that cannot be told. */
export async function findPortHolder(
  engine: HolderEngine,
  {
    publishedPorts,
    containerName,
    project: own,
    service,
  }: Pick<ServicePlan, 'containerName' | 'project' | 'publishedPorts' | 'service'>,
): Promise<string | undefined> {
  if (publishedPorts.length === 0) return undefined;
  const containers = await engine.listContainers({});
  for (const container of containers) {
    const { name, ports, labels } = container;
    const held = ports.find(({ publicPort, protocol }) =>
      publishedPorts.includes(`${String(publicPort)}/${protocol}`),
    );
    // Its old container may run again under the name that it was put aside with.
    const isOwn = labels[composeLabels.project] === own && labels[composeLabels.service] === service;
    if (held === undefined || name === containerName || isOwn) continue;
    const port = `port ${String(held.publicPort)}`;
    return `${port} is published by ${name}${await remedyFor(engine, container, own)}`;
  }
  return describeOwnPort(publishedPorts, findSupervisor(containers));
}

/** The continuation of the sentence that names `container`. */
async function remedyFor(engine: HolderEngine, container: ContainerSummary, own: string): Promise<string> {
  const { id, name, labels } = container;
  const project = labels[composeLabels.project];
  if (project === own) return ': --remove-orphans removes it, where no service is behind it';
  if (project !== undefined) return `: \`os down DEVICE --project ${project}\` takes it down`;
  if (isSupervised(container)) {
    const app = appNameOf(await engine.getContainer(id));
    return ` of ${app}, which another tool gave the supervisor to run: \`os push DEVICE --runner supervisor --take-over\` replaces it, or publish another port`;
  }
  return `, which os did not make: \`os ssh DEVICE -- balena-engine stop ${shellQuote(name)}\` ends it, or publish another port`;
}

/** A port that the device itself listens on, which no container publishes. */
function describeOwnPort(
  publishedPorts: readonly string[],
  supervisor: string | undefined,
): string | undefined {
  const owners: readonly (readonly [number, string])[] = [
    [devicePorts.ssh, "the device's SSH server"],
    ...devicePorts.engine.map(port => [port, "the device's engine"] as const),
    ...(supervisor === undefined ? [] : [[devicePorts.supervisor, supervisor] as const]),
  ];
  const held = owners.find(([port]) => publishedPorts.includes(`${port.toString()}/tcp`));
  return held === undefined
    ? undefined
    : `port ${held[0].toString()} belongs to ${held[1]}: publish another port`;
}
