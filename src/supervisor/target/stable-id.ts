/**
 * Ids of apps and services, stable by name. A service's id is a label of its container, so a shifted id makes the
 * supervisor recreate every container behind it.
 */
import { createHash } from 'node:crypto';

const largest = 2 ** 31 - 1;

/** A whole number from 1 to 2^31 − 1, the same for the same name. */
export function stableId(name: string, attempt = 0): number {
  const digest = createHash('sha256').update(`${attempt.toString()}\0${name}`).digest();
  return (digest.readUInt32BE(0) % largest) + 1;
}

/** An id for each of `names`: two names never share one, and adding a name moves no other one's id but in a collision. */
export function stableIds(names: readonly string[]): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of [...names].sort()) {
    let attempt = 0;
    while (taken.has(stableId(name, attempt))) attempt++;
    const id = stableId(name, attempt);
    taken.add(id);
    ids.set(name, id);
  }
  return ids;
}
