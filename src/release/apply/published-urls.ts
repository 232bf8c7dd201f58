import { inBrackets } from '../../core/address.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary, PublishedPort } from '../../engine/objects.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import { composeLabels } from '../desired/labels.ts';

export interface ServiceUrl {
  readonly service: string;
  readonly url: string;
}

function urlOf(address: string, port: number): string {
  // Browsers take no zone of an IPv6 address.
  const host = inBrackets(address.replace(/%.*$/, ''));
  if (port === 80) return `http://${host}/`;
  return port === 443 ? `https://${host}/` : `http://${host}:${port.toString()}/`;
}

/** Reachable from outside of the device. */
const isPublic = ({ protocol, publicPort, address }: PublishedPort): boolean =>
  protocol === 'tcp' && publicPort !== null && !/^(127\.|::1$)/.test(address ?? '');

/** The URLs of published TCP ports. */
export function urlsOf(containers: readonly ContainerSummary[], address: string): ServiceUrl[] {
  return containers.flatMap(({ labels, ports }) => {
    const service = labels[composeLabels.service] ?? '';
    const open = new Set(ports.filter(isPublic).map(({ publicPort }) => publicPort ?? 0));
    return [...open].sort((a, b) => a - b).map(port => ({ service, url: urlOf(address, port) }));
  });
}

export async function readPublishedUrls(
  engine: Pick<Engine, 'findImage' | 'listContainers'>,
  desired: DesiredRelease,
  address: string,
  signal: AbortSignal,
): Promise<ServiceUrl[]> {
  const containers = await engine.listContainers({ [composeLabels.project]: desired.project }, signal);
  const running = containers.filter(({ state }) => state === 'running');
  const onHost = desired.services.filter(({ body }) => body.HostConfig.NetworkMode === 'host');
  const exposed = await Promise.all(
    onHost.map(async ({ service, image }): Promise<ServiceUrl[]> => {
      const { exposedTcpPorts = [] } = (await engine.findImage(image.reference, signal)) ?? {};
      return exposedTcpPorts.map(port => ({ service, url: urlOf(address, port) }));
    }),
  );
  return [...urlsOf(running, address), ...exposed.flat()];
}
