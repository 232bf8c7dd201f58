/**
 * The words of `os tunnel`: `[DEVICE] [SERVICE:]PORT[:LOCAL]…`. A bare number is a port, so the first word is a device only
 * if it cannot be read as a port.
 */
import { ipVersionOf } from '../net/ip-version.ts';
import { OsError } from '../core/errors.ts';

/** A port of the device, or of a service on it. */
export interface FarPort {
  /** null: the device's own port. */
  readonly service: string | null;
  readonly port: number;
}

/** A port of the device that is to be reached at a port of this machine. */
export interface PortRequest extends FarPort {
  /** 0: any that is free. */
  readonly localPort: number;
}

/** A port of this machine that the device is to reach at a port of its own. */
export interface ReverseRequest {
  readonly port: number;
  readonly localPort: number;
}

export interface TunnelWords {
  readonly device: string | undefined;
  readonly ports: readonly PortRequest[];
  /** `NAME` of a first word `NAME:PORT…`, where no device is named: a person may have meant a device. */
  readonly suspect: { readonly name: string; readonly rest: string } | undefined;
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

function refuse(
  word: string,
  why: string,
  hint = 'a port is [SERVICE:]PORT[:LOCAL], e.g. 80, web:80, web:80:8080',
): OsError {
  return new OsError('usage', `not a port: ${JSON.stringify(word)}: ${why}`, { hint });
}

function toPort(digits: string, word: string, lowest: 0 | 1): number {
  const port = Number(digits);
  if (digits.length <= 5 && port >= lowest && port <= 65_535) return port;
  const hint = isNumber(word) ? `a device of that name: --device ${word}` : undefined;
  throw refuse(word, `${digits} is not between ${lowest.toString()} and 65535`, hint);
}

/** Takes `/tcp` off. Throws OsError `usage` for other protocols. */
function withoutProtocol(word: string): string {
  const [, rest = word, protocol] = /^(.*?)\/([a-z]*)(?=$|:)/i.exec(word) ?? [];
  if (protocol === undefined) return word;
  const after = word.slice(rest.length + 1 + protocol.length);
  switch (protocol.toLowerCase()) {
    case 'tcp':
      return rest + after;
    case 'udp':
    case 'sctp':
      throw refuse(
        word,
        `tunnels carry TCP alone, not ${protocol.toUpperCase()}`,
        'SSH forwards nothing else',
      );
    default:
      throw refuse(word, `no protocol is called ${JSON.stringify(protocol)}`);
  }
}

/** The name before a port: of a service, never of an address or a `.local` name. */
const isServiceName = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text) && ipVersionOf(text) === 0 && !/\.local\.?$/i.test(text);

/** True for a word that is meant as a port, right or wrong. */
export function isPortWord(word: string): boolean {
  const [first = '', ...rest] = word.replace(/\/[a-z]+(?=$|:)/i, '').split(':');
  if (isNumber(first)) return rest.length <= 1;
  return isServiceName(first) && (rest.length === 1 || rest.length === 2) && rest.every(isNumber);
}

/** Reads `[SERVICE:]PORT[:LOCAL]`; LOCAL is PORT where it is left out. Throws OsError `usage`. */
export function parsePort(word: string): PortRequest {
  const parts = withoutProtocol(word).split(':');
  const service = isNumber(parts[0] ?? '') ? null : (parts.shift() ?? '');
  const [digits, localDigits, ...more] = parts;
  if (service !== null && !isServiceName(service)) throw refuse(word, 'no service has such a name');
  if (digits === undefined) throw refuse(word, 'it has no number');
  if (more.length > 0) throw refuse(word, 'it has too many parts');
  for (const each of [digits, localDigits ?? '0'])
    if (!isNumber(each)) throw refuse(word, `${JSON.stringify(each)} is no number`);
  const port = toPort(digits, word, 1);
  return { service, port, localPort: localDigits === undefined ? port : toPort(localDigits, word, 0) };
}

/** Reads `PORT[:LOCAL]` of `--reverse`. Throws OsError `usage`. */
export function parseReverse(word: string): ReverseRequest {
  const { service, port, localPort } = parsePort(word);
  const hint = 'e.g. --reverse 3000, or --reverse 9000:3000 for port 3000 of this machine';
  if (service !== null) throw refuse(word, 'the host of the device listens, not a service', hint);
  if (localPort === 0) throw refuse(word, 'name the port of this machine', hint);
  return { port, localPort };
}

/** Throws OsError `usage` if two of the ports want the same port of this machine. */
export function refuseTwice(ports: readonly PortRequest[]): void {
  const wanted = ports.map(({ localPort }) => localPort).filter(port => port !== 0);
  const twice = wanted.find((port, i) => wanted.indexOf(port) !== i);
  if (twice !== undefined)
    throw new OsError('usage', `two ports want port ${twice.toString()} of this machine`, {
      hint: 'give one of them another, e.g. web:80:8081, or any that is free: web:80:0',
    });
}

/** Reads the words of the command line; `device` is the one of `--device`. Throws OsError `usage`. */
export function parseTunnelWords(words: readonly string[], device: string | undefined): TunnelWords {
  const [first] = words;
  const isDevice = first !== undefined && device === undefined && !isPortWord(first);
  const portWords = isDevice ? words.slice(1) : words;
  const strays = portWords.filter(word => !isPortWord(word) && !/[/:]/.test(word));
  const [stray] = strays;
  if (stray !== undefined)
    throw refuse(stray, 'it has no number', `a port of a service of that name: ${stray}:80`);
  const ports = portWords.map(parsePort);
  refuseTwice(ports);
  const [name = '', ...rest] = first?.split(':') ?? [];
  const isSuspect = device === undefined && !isDevice && rest.length > 0 && !isNumber(name);
  return {
    device: isDevice ? first : device,
    ports,
    suspect: isSuspect ? { name, rest: rest.join(':') } : undefined,
  };
}

/** A port as a person wrote it, for messages: `web:80`, `80`. */
export const portName = ({ service, port }: FarPort): string =>
  service === null ? `port ${port.toString()}` : `${service}:${port.toString()}`;
