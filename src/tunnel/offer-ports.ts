import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { PublishedPort } from '../engine/objects.ts';
import type { PortRequest } from './port-words.ts';

/** A service as the device runs it. */
interface OfferedService {
  readonly service: string;
  readonly state: string;
  readonly ports: readonly PublishedPort[];
}

/** The TCP ports that services publish: each at the same port of this machine as on the device. */
export function listPublishedPorts(services: readonly OfferedService[]): PortRequest[] {
  const ports = new Map<number, PortRequest>();
  for (const { service, state, ports: published } of services)
    for (const { privatePort, publicPort, protocol } of published)
      if (state === 'running' && publicPort !== null && protocol === 'tcp' && service !== '')
        ports.set(publicPort, { service, port: privatePort, localPort: publicPort });
  return [...ports.values()].toSorted((a, b) => a.localPort - b.localPort);
}

/** `web:80:8080`, as it is typed. */
export const wordOf = ({ service, port, localPort }: PortRequest): string =>
  `${service === null ? '' : `${service}:`}${port.toString()}${port === localPort ? '' : `:${localPort.toString()}`}`;

/** Asks a person which of the ports; undefined where nobody can be asked. */
export type PickPorts = (ports: readonly PortRequest[]) => Promise<readonly PortRequest[]>;

export interface OfferOptions {
  readonly where: string;
  /** undefined: of every project. */
  readonly project: string | undefined;
  /** True: all of them, without a question. */
  readonly isAll: boolean;
  readonly pick: PickPorts | undefined;
}

/**
 * The ports to forward where none was named: the only one that is published, all, or those that a person picks. Throws OsError
 * `usage` where there is none, or nobody to ask.
 */
export async function offerPorts(
  services: readonly OfferedService[],
  { where, project, isAll, pick }: OfferOptions,
): Promise<readonly PortRequest[]> {
  const ports = listPublishedPorts(services);
  if (ports.length === 0) {
    const of = project === undefined ? 'no service' : `no service of the project ${project}`;
    throw new OsError('usage', `${of} on ${where} publishes a port`, {
      hint: 'name one: os tunnel DEVICE web:80, also one that is not published',
    });
  }
  if (isAll || ports.length === 1) return ports;
  if (pick !== undefined) return pick(ports);
  throw new OsError(
    'usage',
    `which port of ${where}? ${ports.map(port => sanitizeLine(wordOf(port))).join(', ')}`,
    {
      hint: 'name some of them, or take --all',
    },
  );
}
