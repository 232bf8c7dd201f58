import path from 'node:path';

/** Paths that the emulator uses. */
export interface EmulatorPlace {
  /** The user's state directory; devices live in `emulator/<name>/` of it. */
  readonly stateDirectory: string;
  /** The user's cache directory; the root file system lives in `emulator/` of it. */
  readonly cacheDirectory: string;
  /** Holds `rootfs/` (files of the device) and `scripts/`, as src/emulator does. */
  readonly resourceDirectory: string;
  /** The program that runs as the supervisor of a device, as one file; made by the build. Default: none is run. */
  readonly supervisorProgram?: string;
}

/** Events that long operations report. */
export type EmulatorEvent =
  | {
      readonly type: 'begun';
      readonly what: string;
      /** Expected duration and size, for steps that people should know about in advance. */
      readonly outlook: string | null;
    }
  | { readonly type: 'progress'; readonly what: string; readonly detail: string }
  | {
      readonly type: 'done';
      readonly what: string;
      readonly durationMs: number;
      readonly detail: string | null;
    };

/** Dependencies of every verb of the emulator. */
export interface EmulatorContext {
  readonly place: EmulatorPlace;
  readonly signal: AbortSignal;
  readonly report: (event: EmulatorEvent) => void;
}

export const devicesDirectory = ({ stateDirectory }: Pick<EmulatorPlace, 'stateDirectory'>): string =>
  path.join(stateDirectory, 'emulator');

/** Paths of one device. */
export function devicePaths(place: EmulatorPlace, name: string): DevicePaths {
  const root = path.join(devicesDirectory(place), name);
  const file = (base: string): string => path.join(root, base);
  return {
    root,
    record: file('device.json'),
    lock: path.join(devicesDirectory(place), `.${name}.lock`),
    boot: file('boot'),
    state: file('state'),
    data: file('data'),
    osRelease: file('os-release'),
    ownOsRelease: file('os-release.own'),
    roots: file('roots'),
    board: file('board.env'),
    enginePort: file('engine-port.conf'),
    supervisorSettings: file('supervisor.env'),
    console: file('console.log'),
    imageBoot: file('image'),
  };
}

export interface DevicePaths {
  readonly root: string;
  /** DeviceRecord as JSON. */
  readonly record: string;
  readonly lock: string;
  /** The boot partition's files. */
  readonly boot: string;
  readonly state: string;
  readonly data: string;
  /** Bound over the device's /usr/lib/os-release: of the root that it runs from. */
  readonly osRelease: string;
  /** The os-release of the emulator's own root; scripts/boot-root.sh copies it. */
  readonly ownOsRelease: string;
  /** Files that OS updates put over the emulator's own root, in `rootA` and `rootB`. */
  readonly roots: string;
  /** File bound over the device's /etc/board.env: the facts that DHCP gives a board. */
  readonly board: string;
  /** Bound as a drop-in of the engine's TCP socket. */
  readonly enginePort: string;
  /** Environment of the device's supervisor, where it has one. */
  readonly supervisorSettings: string;
  /** Output of the device's console. */
  readonly console: string;
  /** The boot files that a device made of an OS image began with. */
  readonly imageBoot: string;
}

/** Runs one step, and reports its start and its duration. `work` may return a detail to show. */
export async function step(
  context: Pick<EmulatorContext, 'report'>,
  what: string,
  work: () => Promise<string | null>,
  outlook: string | null = null,
): Promise<void> {
  context.report({ type: 'begun', what, outlook });
  const startMs = performance.now();
  const detail = await work();
  context.report({ type: 'done', what, durationMs: performance.now() - startMs, detail });
}
