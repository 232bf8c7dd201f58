import { sanitizeLine } from '../core/sanitize.ts';

/** `started: web, worker` */
export const renderControlled =
  (verb: string) =>
  ({ services }: { services: readonly string[] }): string =>
    `${verb}: ${services.map(sanitizeLine).join(', ')}\n`;
