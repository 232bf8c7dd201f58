import type { Machine } from '../../src/doctor/machine/machine.ts';

/** A machine with nothing wrong, and no files but those in `files`. */
export const fakeMachine = (
  files: Readonly<Record<string, string>> = {},
  changed: Partial<Machine> = {},
): Machine => ({
  platform: 'linux',
  environment: {},
  stateDirectory: '/home/ann/.local/state/os-cli',
  now: () => Date.UTC(2026, 5, 1),
  readInterfaces: () =>
    Promise.resolve([
      { name: 'eth0', cidrs: ['192.0.2.2/24'], isLoopback: false, isUp: true, isMulticast: true },
    ]),
  readText: path => Promise.resolve(files[path]),
  exists: path => Promise.resolve(path in files),
  tryWrite: () => Promise.resolve(null),
  runProgram: () => Promise.resolve(undefined),
  readOpenFiles: () =>
    Promise.resolve({ socketHolders: new Map(), inotifyInstances: 3, inotifyWatches: 40, isComplete: true }),
  testMulticast: () => Promise.resolve([{ interface: 'eth0', address: '192.0.2.2', failure: null }]),
  tryMdnsPort: () => Promise.resolve(null),
  ...changed,
});
