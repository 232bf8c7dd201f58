import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

/** Cheapest first, measured on a development device's kind of CPU: both ends spend most of a short session here. */
const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  // dropbear and the OpenSSH of devices from before 2018 know RSA with SHA-1 alone.
  'ssh-rsa',
];

const keyTypeOf = (algorithm: string): string => (algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);

/**
 * Returns the algorithms to offer to a server whose known keys have `knownKeyTypes`: those types first, so that a
 * device sends the key that can be verified. No compression: it costs more than a local network.
 */
export function offeredAlgorithms(knownKeyTypes: readonly string[]): Algorithms {
  const isKnown = (algorithm: string): boolean => knownKeyTypes.includes(keyTypeOf(algorithm));
  return {
    serverHostKey: [
      ...hostKeyAlgorithms.filter(isKnown),
      ...hostKeyAlgorithms.filter(algorithm => !isKnown(algorithm)),
    ],
    kex: { append: ['diffie-hellman-group14-sha1'], prepend: [], remove: [] },
    compress: ['none'],
  };
}
