const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program holds UDP port 5353 for itself',
  EACCES: 'this system does not let os use multicast (firewall, sandbox or missing permission)',
  EPERM: 'this system does not let os use multicast (firewall, sandbox or missing permission)',
  ENETUNREACH: 'it has no route for multicast',
  EHOSTUNREACH: 'it has no route for multicast',
  ENETDOWN: 'it is down',
  EADDRNOTAVAIL: 'its address is not usable (yet)',
  ENODEV: 'it is gone',
  ENXIO: 'it is gone',
  EMFILE: 'too many files are open',
  ENOBUFS: 'the system has no buffers left',
};

/** Returns the reason why multicast does not work on an interface, as text for people, from an errno. */
export function failureReason(code: string): string {
  return reasons[code] ?? `the system says ${code}`;
}
