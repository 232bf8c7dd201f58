import type { DigestCache } from '../project/context/digest-context.ts';
import type { RememberedBuild, RememberedContext } from './desired.ts';

/** What outlasts a push on this machine. Everything works without it, only slower, and with less to tell. */
export interface BuildMemory extends DigestCache {
  /** The context of `service` that was built last, as far as this machine knows. */
  findContext(service: string): RememberedContext | undefined;
  keepContext(service: string, context: RememberedContext): void;
  /** The last build of `service` that ended well. */
  findBuild(service: string): RememberedBuild | undefined;
  keepBuild(service: string, build: RememberedBuild): void;
}

/** Remembers nothing. */
export const noMemory: BuildMemory = {
  get: () => undefined,
  set: () => undefined,
  findContext: () => undefined,
  keepContext: () => undefined,
  findBuild: () => undefined,
  keepBuild: () => undefined,
};
