import { fit, pad } from './display-width.ts';
import type { Output } from './output.ts';

const colours = [
  'cyan',
  'yellow',
  'green',
  'magenta',
  'blue',
  'redBright',
  'cyanBright',
  'yellowBright',
] as const;

/** A service's name in front of its lines: as wide as the widest, up to `limit`, and always in the same colour. */
export function servicePrefix(
  services: readonly string[],
  style: Output['styleTalk'],
  limit = Infinity,
): (service: string) => string {
  const width = Math.min(limit, Math.max(0, ...services.map(name => name.length)));
  return service => {
    const place = Math.max(0, services.indexOf(service));
    return style(colours[place % colours.length] ?? 'cyan', `${pad(fit(service, width), width)} |`);
  };
}
