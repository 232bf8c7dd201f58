import path from 'node:path';

/** Where the emulator keeps and finds things. */
export interface EmulatorPlace {
  /** The user's state directory; devices live in `emulator/<name>/` of it. */
  readonly stateDirectory: string;
  /** The user's cache directory; the root file system lives in `emulator/` of it. */
  readonly cacheDirectory: string;
  /** Holds `rootfs/` (files of the device) and `scripts/`, as src/emulator does. */
  readonly resourceDirectory: string;
}

/** What long work tells while it goes on. */
export type EmulatorEvent =
  | {
      readonly type: 'begun';
      readonly what: string;
      /** How long and how much it is, where people should know before. */
      readonly outlook: string | null;
    }
  | { readonly type: 'progress'; readonly what: string; readonly detail: string }
  | {
      readonly type: 'done';
      readonly what: string;
      readonly durationMs: number;
      readonly detail: string | null;
    };

/** What every verb of the emulator needs besides its own input. */
export interface EmulatorContext {
  readonly place: EmulatorPlace;
  readonly signal: AbortSignal;
  readonly report: (event: EmulatorEvent) => void;
}

export const devicesDirectory = (place: EmulatorPlace): string => path.join(place.stateDirectory, 'emulator');

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
    board: file('board.env'),
    enginePort: file('engine-port.conf'),
    console: file('console.log'),
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
  /** Bound over the device's /usr/lib/os-release. */
  readonly osRelease: string;
  /** Bound over the device's /etc/board.env: what DHCP tells a board. */
  readonly board: string;
  /** Bound as a drop-in of the engine's TCP socket. */
  readonly enginePort: string;
  /** What the device prints on its console. */
  readonly console: string;
}

/** Runs one step, telling when it begins and how long it took. `work` may return a detail to show. */
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
