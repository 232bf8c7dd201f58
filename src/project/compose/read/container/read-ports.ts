import { expandPort, parsePort, type PortMapping } from '../../../ports.ts';
import type { Cursor } from '../../../yaml/cursor.ts';

/** Reads `ports` in every form, and drops duplicates. */
export function readPorts(ports: Cursor): PortMapping[] {
  const mappings = ports.items().flatMap(item => {
    const parsed = item.isMapping ? readLongPort(item) : parsePort(item.text() ?? '');
    if (Array.isArray(parsed)) return parsed;
    item.fail(parsed.problem);
    return [];
  });
  return [...new Map(mappings.map(it => [keyOfPort(it), it])).values()];
}

/** An address that is not written is every address, as `0.0.0.0` is. */
const keyOfPort = ({ hostIp = '0.0.0.0', published = '', target, protocol }: PortMapping): string =>
  `${hostIp}|${published}|${target.toString()}/${protocol}`;

function readLongPort(item: Cursor): ReturnType<typeof parsePort> {
  const target = item.at('target').text();
  if (target === undefined) return { problem: 'names no "target", the port in the container' };
  const published = item.at('published').text();
  const parts = {
    target,
    published,
    hostIp: item.at('host_ip').text(),
    protocol: item.at('protocol').text(),
  };
  return expandPort(parts, `${published ?? ''}:${target} is not a pair of ports`);
}

/** `expose`: ports with their protocol. */
export function readExpose(expose: Cursor): string[] {
  return expose.items().flatMap(item => {
    const text = item.text() ?? '';
    const match = /^(\d+(?:-\d+)?)(?:\/(tcp|udp|sctp))?$/.exec(text);
    if (match === null) item.fail(`${JSON.stringify(text)} is not a port`);
    return match === null ? [] : [`${match[1] ?? ''}/${match[2] ?? 'tcp'}`];
  });
}
