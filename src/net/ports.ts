/** The well-known ports of a device; engines listen on 2377 by the OS's description and on 2375 in every released OS. */
export const ports = { ssh: 22222, engine: [2377, 2375], supervisor: 48484 } as const;

/** Multicast DNS (RFC 6762 §3). */
export const mdnsPort = 5353;
