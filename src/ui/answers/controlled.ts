import { sanitizeLine } from '../../core/sanitize.ts';

/** `started: web, worker` */
export const renderControlled =
  (verb: string) =>
  ({ services }: { readonly services: readonly string[] }): string =>
    `${verb}: ${services.map(sanitizeLine).join(', ')}\n`;
