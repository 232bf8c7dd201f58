import { isIPv4, isIPv6 } from 'node:net';

/** The resource records discovery understands. `name` and `target` are lower case where DNS compares them. */
export type MdnsRecord =
  | { readonly type: 'PTR'; readonly name: string; readonly ttl: number; readonly target: string }
  | {
      readonly type: 'SRV';
      readonly name: string;
      readonly ttl: number;
      readonly target: string;
      readonly port: number;
    }
  | {
      readonly type: 'A' | 'AAAA';
      readonly name: string;
      readonly ttl: number;
      readonly address: string;
      readonly isFlush: boolean;
    };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function readRecord(raw: unknown): MdnsRecord | undefined {
  if (!isObject(raw)) return undefined;
  const { type, ttl, data, flush } = raw;
  if (typeof raw['name'] !== 'string' || typeof ttl !== 'number') return undefined;
  const name = raw['name'].toLowerCase();
  if (type === 'PTR' && typeof data === 'string') return { type, name, ttl, target: data };
  if (type === 'SRV' && isObject(data)) {
    const { target, port } = data;
    if (typeof target !== 'string' || typeof port !== 'number' || port === 0) return undefined;
    return { type, name, ttl, target, port };
  }
  const isFlush = flush === true;
  if (type === 'A' && typeof data === 'string' && isIPv4(data))
    return { type, name, ttl, address: data, isFlush };
  if (type === 'AAAA' && typeof data === 'string' && isIPv6(data))
    return { type, name, ttl, address: data, isFlush };
  return undefined;
}

/** The records of a decoded response (dns-packet's shape, not trusted): pointers first, addresses last. */
export function readRecords(response: unknown): MdnsRecord[] {
  if (!isObject(response)) return [];
  const order = { PTR: 0, SRV: 1, A: 2, AAAA: 2 };
  return [response['answers'], response['additionals']]
    .flatMap(section => (Array.isArray(section) ? (section as unknown[]) : []))
    .map(readRecord)
    .filter(record => record !== undefined)
    .sort((a, b) => order[a.type] - order[b.type]);
}
