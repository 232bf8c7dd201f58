import { sanitizeLine } from '../core/sanitize.ts';
import { readOwnAddresses } from '../net/own-addresses.ts';
import type { ReachContext } from './reach-context.ts';

/**
 * Explains which program answers at an address of this machine that a person typed: it is a device only if a port is
 * forwarded.
 */
export function noteOwnAddress({ note }: Pick<ReachContext, 'note'>, address: string, what: string): void {
  if (readOwnAddresses().has(address))
    note(`${sanitizeLine(address)} is an address of this machine; it leads to ${sanitizeLine(what)}`);
}
