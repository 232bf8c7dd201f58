import type { Duplex } from 'node:stream';

/** Opens one connection to the engine; throws OsError. */
export type OpenSocket = () => Promise<Duplex>;
