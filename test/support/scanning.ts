import path from 'node:path';
import type { ScannedDevice } from '../../src/discovery/scan/scanned-device.ts';
import type { Namespace } from './namespaces.ts';
import type { Finished, Running } from './run.ts';
import { root } from './run-program.ts';
import { openTempDirectory } from './temp-directory.ts';

const support = import.meta.dirname;

/** Starts a program of test/support inside `namespace`. */
export function startSupport(
  namespace: Namespace,
  file: string,
  args: readonly string[] = [],
  options: { input?: string } = {},
): Running {
  return namespace.start([process.execPath, '--import', 'tsx', path.join(support, file), ...args], options);
}

/** Starts `os scan` inside `namespace`, of a user who has met no device yet. */
export async function startScan(namespace: Namespace, ...args: string[]): Promise<Running> {
  const home = await openTempDirectory();
  const environment = ['env', `HOME=${home.path}`, `XDG_STATE_HOME=${home.path}`];
  const words = [process.execPath, path.join(root, 'bin/run.js'), 'scan', ...args];
  const scan = namespace.start([...environment, ...words]);
  return {
    ...scan,
    async [Symbol.asyncDispose]() {
      await scan[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** Runs `os scan` inside `namespace` to its end. */
export async function runScan(namespace: Namespace, ...args: string[]): Promise<Finished> {
  await using scan = await startScan(namespace, ...args);
  return await scan.finished;
}

/** The devices `os scan --json` finds; throws with everything printed when it fails. */
export async function scanDevices(namespace: Namespace, ...args: string[]): Promise<ScannedDevice[]> {
  const { exitCode, stderr, stdout } = await runScan(namespace, '--json', ...args);
  if (exitCode !== 0) throw new Error(`os scan exits with ${String(exitCode)}: ${stdout}${stderr}`);
  return (JSON.parse(stdout) as { result: { devices: ScannedDevice[] } }).result.devices;
}
