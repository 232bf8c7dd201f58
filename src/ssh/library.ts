import type ssh2Library from 'ssh2';

/** The type of the ssh2 library, which is imported on demand. */
export type Ssh2 = typeof ssh2Library;

/** Loads ssh2 when a connection is wanted: its tens of milliseconds are no part of starting `os`. */
export async function ssh2(): Promise<Ssh2> {
  return (await import('ssh2')).default;
}
