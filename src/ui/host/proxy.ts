import { sanitizeLine } from '../../core/sanitize.ts';

/** The proxy of a device or an image, without its password. */
export interface ProxyView {
  readonly device: string | null;
  readonly image: string | null;
  readonly proxy: {
    readonly type: string;
    readonly host: string;
    readonly port: number;
    readonly login: string | null;
    readonly hasPassword: boolean;
  } | null;
  readonly noProxy: readonly string[];
  readonly service: string | null;
}

export function renderProxy({ device, image, proxy, noProxy, service }: ProxyView): string {
  const name = device ?? image ?? '';
  if (proxy === null) return `${sanitizeLine(name)}: no proxy\n`;
  const { type, host, port, login, hasPassword } = proxy;
  const user = login === null ? '' : `${login}${hasPassword ? ', with a password' : ''}`;
  return [
    `${name}: ${type}://${host}:${port.toString()}`,
    ...(user === '' ? [] : [`  user    ${user}`]),
    ...(noProxy.length === 0 ? [] : [`  direct  ${noProxy.join(', ')}`]),
    ...(service === null ? [] : [`  redsocks is ${service}`]),
  ]
    .map(line => `${sanitizeLine(line)}\n`)
    .join('');
}
